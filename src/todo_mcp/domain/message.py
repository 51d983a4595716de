"""What is told on a channel: which notifications together, when, and in which words."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from todo_mcp.domain.view import stamp
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
class Fired:
    """A notification among those of its user that came within the same minute."""

    id: int
    fired: datetime
    urgent: bool
    opened: bool = False
    held: datetime | None = None  # when its delivery is due, while nothing was sent of it

    @property
    def away(self) -> bool:
        return self.opened and self.held is None

    def waits_beyond(self, at: datetime) -> bool:
        return not self.opened or (self.held is not None and self.held > at)


def when_told(
    burst: list[Fired], now: datetime, quiet: Quiet | None, *, ahead: int = 0
) -> dict[int, datetime]:
    """When each that is not yet on its way is to be told, and those earlier that were held till later.

    `ahead` reminders of the same user come due within the same minute and have not fired yet. Few go
    at once. Many wait for each other, and go together once the last has fired, or at the minute's end
    where some of them are away already. Only the urgent disturb in quiet hours.
    """
    if not burst:
        return {}
    at, end = now, burst[0].fired.replace(second=0, microsecond=0) + timedelta(minutes=1)
    if len(burst) + ahead >= DIGEST and (ahead or any(item.away for item in burst)):
        at = max(now, end)
    wanted = {item.id: at if quiet is None or item.urgent else quiet.over(at) for item in burst}
    return {item.id: wanted[item.id] for item in burst if item.waits_beyond(wanted[item.id])}


def compose(number: int, items: list[Told], zone: str) -> Message:
    """One reminder by its title, several by a count and their titles."""
    key = f"d{number}"
    if len(items) == 1:
        [one] = items
        return Message(key, one.title, due_line(one, zone) or "Reminder", items=(one,))
    lines = [f"- {item.title}{_dash(due_line(item, zone))}" for item in items[:NAMED]]
    if len(items) > NAMED:
        lines.append(f"and {len(items) - NAMED} more")
    return Message(key, f"{len(items)} reminders", "\n".join(lines), items=tuple(items))


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


def told_at(item: Told, zone: str) -> str:
    return stamp(item.fired, item.zone or zone)


def pause(attempts: int, luck: float) -> float:
    """Seconds until the next attempt after so many; `luck` from 0 to 1 spreads those that failed together."""
    whole = min(FIRST_PAUSE_SECONDS * 2 ** min(attempts - 1, 20), LONGEST_PAUSE_SECONDS)
    return whole * (0.5 + luck / 2)
