"""Random rules, and two independent answers to which days they mean.

`python-dateutil` is the wide oracle. The day-walker asks of every single day whether the rule names
it, straight from the text of RFC 5545, and knows nothing of how the stepper moves.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

from dateutil.rrule import rrulestr

from todo_mcp.domain.rule_shape import MAX_INTERVAL, Freq, Rule


def seeded(seed: int) -> Random:
    return Random(seed)  # noqa: S311 (test data, repeatable)


def random_rule(random: Random, *, wild: bool = False) -> Rule:
    """A storable rule; `wild` ones have every interval and long lists."""
    while True:
        rule = _attempt(random, wild=wild)
        if rule is not None and len(str(rule)) <= 200:
            return rule


def _attempt(random: Random, *, wild: bool) -> Rule | None:
    freq = random.choice(list(Freq))
    intervals = [1, 1, 2, 3, 4, 5, 7, 12]
    if wild:
        intervals += [13, 28, random.randint(1, MAX_INTERVAL[freq])]
    values: dict[str, Any] = {"freq": freq, "interval": random.choice(intervals)}
    if random.random() < 0.3:
        values["by_month"] = tuple(random.sample(range(1, 13), random.choice([1, 1, 2, 4, 11])))
    if freq in {Freq.MONTHLY, Freq.YEARLY} and random.random() < 0.45:
        values["by_month_day"] = _signed(random, 31, random.choice([1, 1, 2, 4, 20]))
    if random.random() < 0.5:
        values["by_day"] = _places(random, freq)
    if freq is Freq.MONTHLY and random.random() < 0.35:
        values["by_set_pos"] = _signed(random, random.choice([2, 5, 31]), random.choice([1, 2, 3]))
    if random.random() < 0.4:
        values["week_start"] = random.randint(0, 6)
    try:
        return Rule(**values)
    except ValueError:
        return None


def _places(random: Random, freq: Freq) -> tuple[tuple[int | None, int], ...]:
    size = random.choice([1, 1, 2, 3, 5])
    if freq in {Freq.DAILY, Freq.WEEKLY} or random.random() < 0.5:
        return tuple((None, day) for day in random.sample(range(7), size))
    highest = random.choice([1, 2, 5, 53])
    numbers = _signed(random, highest, size)
    return tuple((number, random.randint(0, 6)) for number in numbers)


def _signed(random: Random, highest: int, size: int) -> tuple[int, ...]:
    return tuple(random.choice([-1, 1, 1]) * random.randint(1, highest) for _ in range(size))


def random_day(random: Random, first: date = date(2015, 1, 1), spread: int = 5000) -> date:
    return first + timedelta(days=random.randint(0, spread))


def dateutil_days(rule: Rule, start: date, low: date, n: int) -> list[date]:
    """The first n days from `low` on; the caller knows that there are so many."""
    rules = rrulestr(str(rule), dtstart=datetime.combine(start, datetime.min.time()))
    found = rules.xafter(datetime.combine(low, datetime.min.time()), inc=True)
    return [each.date() for each in islice(found, n)]


def walked_days(rule: Rule, start: date, low: date, high: date) -> Iterator[date]:
    """The rule's days from `low` to `high`, one day after the other asked."""
    day = max(low, start)
    while day <= high:
        if _named(rule, start, day):
            yield day
        day += timedelta(days=1)


def _named(rule: Rule, start: date, day: date) -> bool:
    if _periods_between(rule, start, day) % rule.interval:
        return False
    if not _fits(rule, start, day):
        return False
    if not rule.by_set_pos:
        return True
    month = [date(day.year, day.month, n) for n in range(1, _days_in(day.year, day.month) + 1)]
    fitting = [each for each in month if _fits(rule, start, each)]
    rank = fitting.index(day)
    return rank + 1 in rule.by_set_pos or rank - len(fitting) in rule.by_set_pos


def _periods_between(rule: Rule, start: date, day: date) -> int:
    if rule.freq is Freq.DAILY:
        return (day - start).days
    if rule.freq is Freq.WEEKLY:
        return (_week(day, rule.week_start) - _week(start, rule.week_start)).days // 7
    if rule.freq is Freq.MONTHLY:
        return 12 * (day.year - start.year) + day.month - start.month
    return day.year - start.year


def _week(day: date, week_start: int) -> date:
    return day - timedelta(days=(day.weekday() - week_start) % 7)


def _fits(rule: Rule, start: date, day: date) -> bool:
    if rule.by_month and day.month not in rule.by_month:
        return False
    length = _days_in(day.year, day.month)
    if rule.by_month_day and not {day.day, day.day - length - 1} & set(rule.by_month_day):
        return False
    if rule.by_day:
        return any(_fits_place(rule, place, day, length) for place in rule.by_day)
    return bool(rule.by_month_day) or _fits_start(rule, start, day)


def _fits_place(rule: Rule, place: tuple[int | None, int], day: date, length: int) -> bool:
    number, weekday = place
    if day.weekday() != weekday:
        return False
    at, size = day.day, length
    if rule.freq is Freq.YEARLY and not rule.by_month:
        at, size = day.timetuple().tm_yday, 366 if _days_in(day.year, 2) == 29 else 365
    return number is None or number in {(at - 1) // 7 + 1, -((size - at) // 7 + 1)}


def _fits_start(rule: Rule, start: date, day: date) -> bool:
    if rule.freq is Freq.DAILY:
        return True
    if rule.freq is Freq.WEEKLY:
        return day.weekday() == start.weekday()
    same_month = rule.freq is Freq.MONTHLY or bool(rule.by_month) or day.month == start.month
    return same_month and day.day == start.day


def _days_in(year: int, month: int) -> int:
    after = date(year + month // 12, month % 12 + 1, 1)
    return (after - timedelta(days=1)).day
