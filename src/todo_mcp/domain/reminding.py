"""Reminders of existing tasks: set, replaced and removed; snoozed and dismissed once they fired."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from todo_mcp.domain import alarms
from todo_mcp.domain.change import Change
from todo_mcp.domain.duration import parse_duration, read_amounts, shift, tidy
from todo_mcp.domain.reminder import Fate, Notification, Reminder
from todo_mcp.domain.task import Task
from todo_mcp.domain.when import parse_when
from todo_mcp.domain.zone import instant
from todo_mcp.errors import NotFoundError, RuleError, quoted
from todo_mcp.ids import Named, short

KINDS: Final = {
    "add": ("task",),
    "replace": ("task", "reminder"),
    "remove": ("task", "reminder"),
    "snooze": ("task", "reminder", "notification"),
    "dismiss": ("task", "reminder", "notification"),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What set_reminder asks of each id."""

    action: str
    reminders: list[str] | None = None
    until: str | None = None

    def check(self) -> None:
        """Refuse arguments that do not go together.

        Raises:
            RuleError: one is missing or has no meaning for the action.
        """
        if self.action in ("add", "replace") and self.reminders is None:
            raise RuleError(
                f"reminders: missing; {self.action} needs them, e.g. ['-30m'] or ['fri 9am']."
            )
        if self.action in ("snooze", "dismiss") and self.reminders is not None:
            raise RuleError(f"reminders: has no meaning for {self.action}; leave it out.")
        if self.action == "snooze" and self.until is None:
            raise RuleError("until: missing; snooze needs it, e.g. 20m or 'tomorrow 9am'.")
        if self.action != "snooze" and self.until is not None:
            raise RuleError(f"until: goes with snooze only; leave it out for {self.action}.")


def remind(change: Change, named: Named, wish: Wish) -> None:
    """One action for one task, reminder or notification.

    Raises:
        TodoError: it is not there, or cannot be done to it.
    """
    if isinstance(named, RuleError):
        raise named
    task, row = _found(change, *named)
    change.insist(task.id)
    if wish.action == "dismiss":
        _dismiss(change, task, row, *named)
    elif task.deleted_at is not None:
        raise RuleError(f"ids: t{task.id} is in the trash. Restore it first (complete_tasks).")
    elif wish.action == "snooze":
        _snooze(change, task, row or _latest(change, task), wish.until or "")
    else:
        seen = len(change.new)
        _set(change, task, row, wish)
        if len(change.new) > seen:
            change.bump(task)
        _warn_closed(change, task)
    change.touch(task.id)


def _found(change: Change, kind: str, number: int) -> tuple[Task, Reminder | None]:
    """The task, and the reminder where one was named."""
    state = change.state
    if kind == "task":
        return state.task(number), None
    if kind == "notification":
        notification = state.notifications.get(number)
        if notification is None or notification.user_id != state.user.id:
            raise NotFoundError(f"ids: there is no notification {short(kind, number)} of yours.")
        row = state.reminders[notification.reminder_id]
    else:
        found = state.reminders.get(number)
        if found is None or found.user_id != state.user.id:
            raise NotFoundError(f"ids: there is no reminder {short(kind, number)} of yours.")
        row = found
    return state.task(row.task_id), row


def _set(change: Change, task: Task, row: Reminder | None, wish: Wish) -> None:
    texts = wish.reminders or []
    if wish.action == "add":
        alarms.add_reminders(change, task, texts)
    elif wish.action == "replace" and row is None:
        alarms.replace_reminders(change, task, texts)
    elif wish.action == "replace" and row is not None:
        wanted = {str(spec) for spec in alarms.read_reminders(change, task, texts)}
        alarms.remove_reminders(change, [row] if row.spec not in wanted else [])
        alarms.add_reminders(change, task, texts)
    elif row is not None:
        alarms.remove_reminders(change, [row])
    else:
        alarms.remove_reminders(change, _meant(change, task, texts))


def _meant(change: Change, task: Task, texts: list[str]) -> list[Reminder]:
    """The task's reminders that these words describe; all where there are none.

    Raises:
        RuleError: one describes none.
    """
    held = alarms.own(change, task)
    if not texts:
        return held
    meant: list[Reminder] = []
    for text, spec in zip(texts, alarms.read_reminders(change, task, texts), strict=True):
        at = None if spec.relative and task.due_on is None else alarms.fire_at(change, task, spec)
        found = [row for row in held if row.spec == str(spec) or row.fire_at == at]
        if not found:
            raise RuleError(
                f"reminders: t{task.id} has none at {quoted(text)}. get_tasks with include "
                "reminders shows them; remove takes their ids too."
            )
        meant += found
    return meant


def _warn_closed(change: Change, task: Task) -> None:
    if not task.live and any(row.state is Fate.CANCELLED for row in change.state.of_task(task.id)):
        change.warn(task, f"it is {task.status}; its reminders wait for a reopening.")


def _latest(change: Change, task: Task) -> Reminder:
    """The user's reminder that fired last.

    Raises:
        RuleError: none has fired.
    """
    fired = [row for row in alarms.own(change, task) if row.state is Fate.FIRED]
    if not fired:
        raise RuleError(
            f"ids: no reminder of t{task.id} has fired. To be reminded at a time, use action add."
        )
    return max(fired, key=lambda row: (row.fire_at, row.id))


def _snooze(change: Change, task: Task, row: Reminder, until: str) -> None:
    """The same reminder waits again; what it had put into the inbox is read."""
    if row.state is Fate.REMOVED:
        raise RuleError(f"ids: r{row.id} was removed. Set a new one with action add.")
    if not task.live:
        raise RuleError(f"ids: t{task.id} is {task.status}. Reopen it first (complete_tasks).")
    at = _until(change, task, until)
    change.put(row.but(fire_at=at, state=Fate.PENDING), "snoozed")
    _acknowledge(change, [n for n in _unread(change, task) if n.reminder_id == row.id])
    change.bump(task)


def _until(change: Change, task: Task, text: str) -> datetime:
    """A length of time from now, or a time ahead; a day means when the user's day starts."""
    zone = task.zone or change.state.user.zone
    if read_amounts(tidy(text).lstrip("+")):
        length = parse_duration(text, argument="until", signed=True)
        at = shift(change.now, length, zone)
    else:
        when = parse_when(text, now=change.now, zone=zone, argument="until")
        at = when.at or instant(datetime.combine(when.on, change.state.user.day_start), when.zone)
    if at <= change.now:
        raise RuleError(f"until: {quoted(text)} has passed. Give a time ahead, e.g. 20m.")
    return at


def _dismiss(change: Change, task: Task, row: Reminder | None, kind: str, number: int) -> None:
    unread = _unread(change, task)
    if kind == "notification":
        unread = [note for note in unread if note.id == number]
    elif row is not None:
        unread = [note for note in unread if note.reminder_id == row.id]
    _acknowledge(change, unread)


def _unread(change: Change, task: Task) -> list[Notification]:
    return [
        note
        for note in change.state.notifications.values()
        if note.task_id == task.id
        and note.user_id == change.state.user.id
        and note.acknowledged_at is None
    ]


def _acknowledge(change: Change, notes: list[Notification]) -> None:
    for note in notes:
        change.put(note.but(acknowledged_at=change.now), "acknowledged")
