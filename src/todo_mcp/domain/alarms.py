"""A task's reminders: set with it, moved with its due, cancelled and restored with its status."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from todo_mcp.domain.change import Change
from todo_mcp.domain.dates import when_due
from todo_mcp.domain.remind import Spec, parse_reminder, parse_spec
from todo_mcp.domain.reminder import REMINDER_LIMIT, Fate, Reminder
from todo_mcp.domain.task import Task
from todo_mcp.domain.view import stamp
from todo_mcp.domain.when import When, day_in
from todo_mcp.errors import LimitError, TodoError
from todo_mcp.ids import short

WAITING: Final = frozenset({Fate.PENDING, Fate.CANCELLED})


def current(change: Change, task: Task) -> list[Reminder]:
    """The task's reminders as the change leaves them, removed ones aside."""
    return [row for row in change.state.of_task(task.id) if row.state is not Fate.REMOVED]


def own(change: Change, task: Task) -> list[Reminder]:
    """Those that lead to the inbox of who asks; what others want to be told is theirs."""
    return [row for row in current(change, task) if row.user_id == change.state.user.id]


def add_reminders(change: Change, task: Task, texts: Iterable[str]) -> None:
    """Set reminders for who asks; one that they have already is not set twice.

    Raises:
        RuleError: not a reminder, or relative where there is no due.
        LimitError: more than 20 on a task.
    """
    add_specs(change, task, read_reminders(change, task, texts))


def add_specs(change: Change, task: Task, wanted: Iterable[Spec]) -> None:
    """The same for reminders that are read already."""
    specs = {str(spec): spec for spec in wanted}
    held = own(change, task)
    waiting = [row for row in held if row.state in WAITING]
    known = {row.spec for row in held if row.state in WAITING or parse_spec(row.spec).relative}
    new = [spec for text, spec in specs.items() if text not in known]
    if len(waiting) + len(new) > REMINDER_LIMIT:
        raise LimitError(f"reminders: a task has at most {REMINDER_LIMIT}.")
    for text, spec in specs.items():
        at = fire_at(change, task, spec)
        if text not in known:
            _set(change, task, spec, at)
        if at <= change.now and task.live and text not in {row.spec for row in waiting}:
            warn_missed(change, task, at)


def read_reminders(change: Change, task: Task, texts: Iterable[str]) -> list[Spec]:
    zone = task.zone or change.state.user.zone
    return [parse_reminder(text, now=change.now, zone=zone) for text in texts]


def _set(change: Change, task: Task, spec: Spec, at: datetime) -> None:
    row = Reminder(
        id=change.take("reminder"),
        task_id=task.id,
        user_id=change.state.user.id,
        spec=str(spec),
        fire_at=at,
        state=_state(change, task, at),
    )
    change.add(row, "set")


def fire_at(change: Change, task: Task, spec: Spec) -> datetime:
    return spec.fire_at(_due(change, task), change.state.user.day_start)


def _due(change: Change, task: Task) -> When | None:
    if task.due_on is None:
        return None
    if task.due_at is None:
        return day_in(task.zone or change.state.user.zone, task.due_on)
    return when_due(task)


def _state(change: Change, task: Task, at: datetime) -> Fate:
    if not task.live:
        return Fate.CANCELLED
    return Fate.PENDING if at > change.now else Fate.MISSED


def warn_missed(change: Change, task: Task, at: datetime) -> None:
    zone = task.zone or change.state.user.zone
    change.warn(
        task,
        f"the reminder at {stamp(at, zone)} is already past: it will not fire. Set a later one.",
    )


def remove_reminders(change: Change, rows: Iterable[Reminder]) -> int:
    """Remove these, for later occurrences too; how many."""
    removed = [row for row in rows if row.state is not Fate.REMOVED]
    for row in removed:
        change.put(row.but(state=Fate.REMOVED), "removed")
    return len(removed)


def replace_reminders(change: Change, task: Task, texts: list[str]) -> None:
    """Exactly these; the ones that stay keep their ids.

    A relative one that fired goes too: it would come again with the next occurrence.
    """
    replace_specs(change, task, read_reminders(change, task, texts))


def replace_specs(change: Change, task: Task, specs: list[Spec]) -> None:
    """The same for reminders that are read already."""
    wanted = {str(spec) for spec in specs}
    gone = [row for row in own(change, task) if row.spec not in wanted]
    remove_reminders(change, (r for r in gone if r.state in WAITING or parse_spec(r.spec).relative))
    add_specs(change, task, specs)


def move_reminders(change: Change, task: Task) -> None:
    """Put relative reminders where the task's new due wants them.

    One that fired or was missed waits again where its new time lies ahead. Without a due they are
    removed, with a warning.
    """
    relative = [r for r in current(change, task) if parse_spec(r.spec).relative]
    if task.due_on is None:
        if removed := remove_reminders(change, relative):
            what = "1 reminder" if removed == 1 else f"{removed} reminders"
            change.warn(task, f"{what} counted back from the due: removed.")
        return
    for row in relative:
        at = fire_at(change, task, parse_spec(row.spec))
        if at == row.fire_at:
            continue
        state = _moved(change, task, row, at)
        change.put(row.but(fire_at=at, state=state), "moved")
        if state is Fate.MISSED and row.state is Fate.PENDING:
            warn_missed(change, task, at)


def _moved(change: Change, task: Task, row: Reminder, at: datetime) -> Fate:
    if not task.live:
        return Fate.CANCELLED
    if at > change.now:
        return Fate.PENDING
    return row.state if row.state is Fate.FIRED else Fate.MISSED


def cancel_reminders(change: Change, task: Task) -> None:
    """The task closed or went to the trash: what waits does not fire."""
    for row in current(change, task):
        if row.state is Fate.PENDING:
            change.put(row.but(state=Fate.CANCELLED), "cancelled")


def acknowledge(change: Change, task: Task) -> None:
    """The task was dealt with: nobody has to be told of it any more."""
    for note in list(change.state.notifications.values()):
        if note.task_id == task.id and note.acknowledged_at is None:
            change.put(note.but(acknowledged_at=change.now), "acknowledged")


def restore_reminders(change: Change, task: Task) -> None:
    """The task is open again: what was cancelled waits again, unless its time has passed."""
    for row in current(change, task):
        if row.state is Fate.CANCELLED:
            at = row.fire_at
            state = Fate.PENDING if at > change.now else Fate.MISSED
            change.put(row.but(state=state), "restored")


def carry_reminders(change: Change, old: Task, new: Task) -> None:
    """The old occurrence's reminders for the next one; those at a time of their own stay behind.

    What the next one has already, because it was taken back and comes again, is used again.
    """
    held = {(row.user_id, row.spec): row for row in current(change, new)}
    for row in current(change, old):
        spec = parse_spec(row.spec)
        if not spec.relative:
            continue
        try:
            at = fire_at(change, new, spec)
        except TodoError:  # the next occurrence has no due to count back from
            continue
        state = Fate.PENDING if at > change.now else Fate.MISSED
        if (known := held.pop((row.user_id, row.spec), None)) is not None:
            change.put(known.but(fire_at=at, state=state), "restored")
        else:
            _carry(change, row, new, at, state)
    remove_reminders(change, held.values())


def _carry(change: Change, row: Reminder, new: Task, at: datetime, state: Fate) -> None:
    copied = Reminder(
        id=change.take("reminder"),
        task_id=new.id,
        user_id=row.user_id,
        spec=row.spec,
        fire_at=at,
        state=state,
    )
    change.add(copied, "set")


def told(rows: Iterable[Reminder], zone: str) -> list[dict[str, str]]:
    """Reminders as get_tasks shows them."""
    return [
        {
            "id": short("reminder", row.id),
            "spec": row.spec,
            "at": stamp(row.fire_at, zone),
            "state": row.state.value,
        }
        for row in rows
    ]
