"""An oracle for dates: python-dateutil's rules and plain arithmetic on the wall."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from tests.conftest import ZONE
from tests.fuzz.world import Series

HERE: Final = ZoneInfo(ZONE)
DAY_START: Final = time(9)
FAR: Final = 4_000  # dates looked through at most
BEFORE: Final = {
    "0m": timedelta(),
    "-30m": timedelta(minutes=30),
    "-2h": timedelta(hours=2),
    "-1d": timedelta(days=1),
    "-1w": timedelta(weeks=1),
}
_ENDLESS: Final = re.compile(r";(COUNT|INTERVAL)=\d+")  # the interval counts from the first date
# Words, the rule they stand for, the time in them.
RULES: Final[dict[str, tuple[str, time | None]]] = {
    "every day": ("FREQ=DAILY", None),
    "every day at 8:00": ("FREQ=DAILY", time(8)),
    "every day at 02:30": ("FREQ=DAILY", time(2, 30)),
    "every 3 days": ("FREQ=DAILY;INTERVAL=3", None),
    "FREQ=DAILY;COUNT=3": ("FREQ=DAILY;COUNT=3", None),
    "RRULE:FREQ=WEEKLY;BYDAY=MO,TH": ("FREQ=WEEKLY;BYDAY=MO,TH", None),
    "every other tuesday at 18:00": ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", time(18)),
    "last day of the month": ("FREQ=MONTHLY;BYMONTHDAY=-1", None),
    "FREQ=MONTHLY;BYDAY=1MO;COUNT=2": ("FREQ=MONTHLY;COUNT=2;BYDAY=1MO", None),
}


def instant(on: date, clock: time) -> datetime:
    """A skipped hour moves forward; of an hour that comes twice it is the first."""
    return datetime.combine(on, clock, HERE).astimezone(UTC)


def today(now: datetime) -> date:
    return now.astimezone(HERE).date()


def reminded(spec: str, on: date, clock: time | None) -> datetime:
    """When a reminder that counts from the due fires: days on the wall, the rest on the clock."""
    length = BEFORE[spec]
    whole = timedelta(days=length.days)
    due = datetime.combine(on, clock or DAY_START) - whole
    return instant(due.date(), due.time()) - (length - whole)


def dates(rule: str, start: date, clock: time | None) -> Iterator[datetime]:
    """The rule's dates from `start`, which they count from."""
    found = rrulestr(rule, dtstart=datetime.combine(start, clock or time()))
    return islice(iter(found), FAR)


def first(rule: str, clock: time | None, now: datetime, due: date | None) -> date | None:
    """The first date of a new series: from the due, else one that lies ahead."""
    whole = _ENDLESS.sub("", rule)
    if due is not None:
        return next((at.date() for at in dates(whole, due, clock)), None)
    for start in (today(now), today(now) + timedelta(days=1)):
        at = next(dates(whole, start, clock)).date()
        if clock is None or instant(at, clock) > now:
            return at
    return None


def following(series: Series, occurs: date, done: date, now: datetime) -> date | None:
    """The date to open after the one closed at `now`, done on the day `done`."""
    if series.anchor == "completion":
        days = int(series.rule.partition("INTERVAL=")[2].partition(";")[0] or 1)
        found = (done + timedelta(days=days * step) for step in range(1, FAR))
    else:
        found = (at.date() for at in dates(series.rule, series.start, series.clock))
        found = (on for on in found if on > occurs)
    return next((on for on in found if _ahead(on, series.clock, now)), None)


def _ahead(on: date, clock: time | None, now: datetime) -> bool:
    return on >= today(now) if clock is None else instant(on, clock) > now
