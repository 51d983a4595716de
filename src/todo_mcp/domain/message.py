"""What is told on a channel: which notifications together, when, and in which words."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from todo_mcp.domain.zone import instant, wall

# So many of one user within one minute are told as one message.
DIGEST: Final = 4
NAMED: Final = 10
FIRST_PAUSE_SECONDS: Final = 5.0
LONGEST_PAUSE_SECONDS: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Told:
    """One notification in a message."""

    notification: int
    task: int
    title: str
    fired: datetime
    due_on: date | None = None
    due_at: datetime | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """`id` is the same at every attempt. `subject` and `text` are all that a person reads."""

    id: str
    subject: str
    text: str
    kind: str = "notification"
    items: tuple[Told, ...] = ()
    more: int = 0  # that it tells of without naming them


@dataclass(frozen=True, slots=True)
class Target:
    """Where a channel leads; with what is signed, newest first."""

    url: str
    secrets: tuple[str, ...] = ()


class SendError(Exception):
    """A message was not taken. The reason is one of ours and quotes nothing; `final`: never will be."""

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final


@dataclass(frozen=True, slots=True)
class Quiet:
    """The hours of a day, in a zone, in which nobody is disturbed; they may span midnight."""

    begin: time
    end: time
    zone: str

    def over(self, at: datetime) -> datetime:
        """The instant from which on one may be disturbed: `at` itself outside the hours."""
        local = wall(at, self.zone)
        clock, day = local.time(), local.date()
        if self.begin <= self.end:
            inside = self.begin <= clock < self.end
        else:
            inside = clock >= self.begin or clock < self.end
            day += timedelta(days=clock >= self.begin)
        return max(at, instant(datetime.combine(day, self.end), self.zone)) if inside else at


@dataclass(frozen=True, slots=True)
class Burst:
    """What has fired for one user within one minute.

    `ahead` more come due within the same minute and have not fired yet; some are `away` already.
    """

    minute: datetime
    count: int
    ahead: int = 0
    away: bool = False

    @property
    def waits(self) -> bool:
        """Whether those that have fired are held for those that have not."""
        return self.ahead > 0 and self.count + self.ahead >= DIGEST


def when_told(burst: Burst, now: datetime, quiet: Quiet | None) -> tuple[datetime, datetime]:
    """When those that are not on their way yet are to be told, and the urgent among them.

    Few go at once. Many wait for each other, and go together once the last has fired, or at the minute's
    end where some of them are away already. Only the urgent disturb in quiet hours.
    """
    at = now
    if burst.waits or (burst.away and burst.count >= DIGEST):
        at = max(now, burst.minute + timedelta(minutes=1))
    return at if quiet is None else quiet.over(at), at


def compose(number: int, items: list[Told], zone: str, more: int = 0) -> Message:
    """One reminder by its title, several by a count and their titles; `more` are only counted."""
    key = f"d{number}"
    if len(items) + more == 1:
        [one] = items
        return Message(key, one.title, due_line(one, zone) or "Reminder", items=(one,))
    lines = [f"- {item.title}{_dash(due_line(item, zone))}" for item in items[:NAMED]]
    unnamed = more + max(0, len(items) - NAMED)
    if unnamed:
        lines.append(f"and {unnamed:,} more")
    subject = f"{len(items) + more:,} reminders"
    return Message(key, subject, "\n".join(lines), items=tuple(items), more=more)


def due_line(item: Told, zone: str) -> str:
    if item.due_at is not None:
        local = wall(item.due_at, item.zone or zone)
        other = f" ({item.zone})" if item.zone and item.zone != zone else ""
        return f"Due {local:%a} {local.day} {local:%b %Y, %H:%M}{other}"
    if item.due_on is not None:
        return f"Due {item.due_on:%a} {item.due_on.day} {item.due_on:%b %Y}"
    return ""


def _dash(text: str) -> str:
    return f" ({text[0].lower()}{text[1:]})" if text else ""


def pause(attempts: int, luck: float) -> float:
    """Seconds until the next attempt after so many; `luck` from 0 to 1 spreads those that failed together."""
    whole = min(FIRST_PAUSE_SECONDS * 2 ** min(attempts - 1, 20), LONGEST_PAUSE_SECONDS)
    return whole * (0.5 + luck / 2)
