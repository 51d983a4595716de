"""Durations: `45m`, `2h`, `1h30m`, `2 weeks`, `half an hour`, `PT45M`.

Days and weeks are calendar days on the wall of a zone, hours and below are exact.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from todo_mcp.domain.zone import instant, wall
from todo_mcp.errors import RuleError, quoted

LONGEST_DAYS: Final = 36_525  # a hundred years
_DAY: Final = 86_400
_LONGEST_TEXT: Final = 100

_SMALL: Final = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
)
NUMBER_WORDS: Final = {word: n for n, word in enumerate(_SMALL.split(), start=1)} | {
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "ninety": 90,
}

# Thousandths, so that 1.5 stays exact.
_WORDS: Final = {
    **{word: number * 1000 for word, number in NUMBER_WORDS.items()},
    "a": 1000,
    "an": 1000,
    "a couple of": 2000,
    "couple of": 2000,
    "a couple": 2000,
    "half a": 500,
    "half an": 500,
    "half": 500,
    "a half": 500,
    "a quarter of a": 250,
    "a quarter of an": 250,
    "quarter of an": 250,
    "three quarters of an": 750,
}
# The unit in months, days and seconds.
_UNITS: Final = {
    r"s|secs?|seconds?": (0, 0, 1),
    r"mins?|minutes?|m": (0, 0, 60),
    r"h|hrs?|hours?": (0, 0, 3600),
    r"d|days?": (0, 1, 0),
    r"w|wks?|weeks?": (0, 7, 0),
    r"fortnights?": (0, 14, 0),
    r"mos?|mths?|months?": (1, 0, 0),
    r"y|yrs?|years?": (12, 0, 0),
}
_UNIT: Final = "|".join(_UNITS)
_WORD: Final = "|".join(sorted(_WORDS, key=len, reverse=True))
# A single letter is a unit after figures only: `3 m`, not `a m`.
_EACH: Final = (
    rf"(?:(?P<whole>[0-9]+)(?:\.(?P<part>[0-9]{{1,3}}))?(?P<half> and a half)? ?"
    rf"|(?P<word>{_WORD})(?P<word_half> and a half)? (?![a-z]\b))"
    rf"(?P<unit>{_UNIT})(?![a-z])(?P<more> and a half)?"
)
_AMOUNT: Final = re.sub(r"\?P<\w+>", "?:", _EACH)
# One or more amounts in a row, each with its unit. Bounded, so that matching takes linear time.
AMOUNTS: Final = rf"{_AMOUNT}(?:(?: ?and ?| )?{_AMOUNT}){{0,7}}"
_AMOUNTS: Final = re.compile(AMOUNTS)
_AMOUNT_OF: Final = re.compile(rf"(?: ?and ?| )?{_EACH}")
_ISO: Final = re.compile(
    r"p(?:(?P<y>[0-9]+)y)?(?:(?P<mo>[0-9]+)m)?(?:(?P<w>[0-9]+)w)?(?:(?P<d>[0-9]+)d)?"
    r"(?:t(?:(?P<h>[0-9]+)h)?(?:(?P<m>[0-9]+)m)?(?:(?P<s>[0-9]+)s)?)?"
)
_HOURS_THEN_MINUTES: Final = re.compile(r"(?<=[0-9]h)([0-9]{2})$")


@dataclass(frozen=True, slots=True)
class Duration:
    """Calendar days, then exact seconds; both of one sign."""

    days: int = 0
    seconds: int = 0

    def __post_init__(self) -> None:
        if self.days * self.seconds < 0:
            raise ValueError("days and seconds of a duration have one sign")

    def __str__(self) -> str:
        """The canonical form, which parses to the same: `1w`, `1d2h`, `-1h30m`, `0m`."""
        sign = "-" if self.days < 0 or self.seconds < 0 else ""
        weeks, days = divmod(abs(self.days), 7)
        if days:
            weeks, days = 0, abs(self.days)
        hours, rest = divmod(abs(self.seconds), 3600)
        amounts = zip((weeks, days, hours, *divmod(rest, 60)), "wdhms", strict=True)
        return sign + ("".join(f"{n}{unit}" for n, unit in amounts if n) or "0m")

    def __neg__(self) -> "Duration":
        return Duration(-self.days, -self.seconds)


@dataclass(frozen=True, slots=True)
class Amounts:
    """What a run of amounts adds up to, calendar months apart."""

    months: int
    days: int
    seconds: int


def parse_duration(text: str, *, argument: str, signed: bool = False) -> Duration:
    """A duration in short, in words or in ISO 8601.

    Raises:
        RuleError: not a duration, months or years (which have no fixed length), a sign where none
            belongs, or more than a hundred years.
    """
    plain = tidy(text)
    sign = plain[:1] if plain[:1] in {"+", "-"} else ""
    if sign and not signed:
        raise RuleError(
            f"{argument}: {quoted(text)} has a sign; this is a length of time, such as 45m or 2h."
        )
    amounts = _iso(plain[len(sign) :]) or read_amounts(plain[len(sign) :].lstrip())
    if amounts is None:
        raise RuleError(
            f"{argument}: {quoted(text)} is not a duration. Use {_example(signed)} or '2 hours'."
        )
    if amounts.months:
        raise RuleError(
            f"{argument}: {quoted(text)} counts months or years, whose length varies. "
            "Use days or weeks, such as 30d or 4w."
        )
    if amounts.days + amounts.seconds // _DAY > LONGEST_DAYS:
        raise RuleError(f"{argument}: {quoted(text)} is too long; at most a hundred years.")
    duration = Duration(amounts.days, amounts.seconds)
    return -duration if sign == "-" else duration


def shift(at: datetime, duration: Duration, zone: str) -> datetime:
    """The instant (UTC) a duration away from an instant, or from a naive wall time in `zone`.

    Days move the wall time, so 09:00 stays 09:00 across DST; seconds count from there.
    """
    if at.tzinfo and not duration.days:
        return (at + timedelta(seconds=duration.seconds)).astimezone(UTC)
    local = wall(at, zone) if at.tzinfo else at
    return instant(local + timedelta(days=duration.days), zone) + timedelta(
        seconds=duration.seconds
    )


def tidy(text: str) -> str:
    """Lower case, single spaces, plain apostrophes and minus signs, no commas. Empty if too long."""
    if len(text) > _LONGEST_TEXT:
        return ""
    plain = text.lower().replace(",", " ").replace("’", "'").replace("−", "-")
    return " ".join(plain.split())


def read_amounts(plain: str) -> Amounts | None:
    """Add up amounts with units, `1h30m` or `2 weeks and a day`; None if it is anything else."""
    plain = _HOURS_THEN_MINUTES.sub(r"\1m", plain)
    if not _AMOUNTS.fullmatch(plain):
        return None
    thousandths = [0, 0, 0]
    for each in _AMOUNT_OF.finditer(plain):
        number = _thousandths(each)
        unit = next(unit for form, unit in _UNITS.items() if re.fullmatch(form, each["unit"]))
        thousandths = [sum_ + number * size for sum_, size in zip(thousandths, unit, strict=True)]
    months, days, seconds = thousandths
    if months % 1000:
        return None
    seconds += days % 1000 * _DAY
    return Amounts(months // 1000, days // 1000, (seconds + 500) // 1000)


def _thousandths(amount: re.Match[str]) -> int:
    if amount["word"]:
        number = _WORDS[amount["word"]]
    else:
        number = int(amount["whole"]) * 1000 + int((amount["part"] or "").ljust(3, "0"))
    return number + (500 if amount["half"] or amount["word_half"] or amount["more"] else 0)


def _iso(plain: str) -> Amounts | None:
    found = _ISO.fullmatch(plain)
    if found is None or not any(found.groups()) or plain.endswith("t"):
        return None
    n = {unit: int(digits or 0) for unit, digits in found.groupdict().items()}
    return Amounts(n["y"] * 12 + n["mo"], n["w"] * 7 + n["d"], n["h"] * 3600 + n["m"] * 60 + n["s"])


def _example(signed: bool) -> str:  # noqa: FBT001 (one private caller)
    return "+45m, -2h, +1d, +1w" if signed else "45m, 2h, 1d, 1w, 1h30m"
