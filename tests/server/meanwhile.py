"""What the worker does meanwhile, done at once and at the test's time."""

from dataclasses import replace
from functools import partial

from tests.hands import Hands
from todo_mcp import ids
from todo_mcp.domain.change import Change
from todo_mcp.domain.reminder import Fate, Notification
from todo_mcp.domain.rollover import roll_over
from todo_mcp.domain.state import State
from todo_mcp.service.carry import carry_out
from todo_mcp.service.home import Home
from todo_mcp.service.work import Work
from todo_mcp.store.load import Wanted

_DUE = "SELECT id FROM reminders WHERE space_id = $1 AND state = 'pending' AND fire_at <= $2"
_CLOSED = """
SELECT DISTINCT ON (e.subject_id) e.subject_id, e.op, o.created_at
FROM events e JOIN operations o ON o.space_id = e.space_id AND o.id = e.op
WHERE e.space_id = $1 AND e.type IN ('todo.task.completed.v1', 'todo.task.skipped.v1')
ORDER BY e.subject_id, e.version DESC
"""


def _work(home: Home, hands: Hands, tool: str) -> Work:
    return Work(home.database, home.person, hands(), tool, actor={"client": "todo-mcp"})


async def fire(home: Home, hands: Hands) -> list[str]:
    """Fire what is due; the ids of the notifications."""
    space = home.person.space
    due = [row["id"] for row in await home.database.app(space, _DUE, space, hands())]
    fired: list[str] = []
    if due:
        await carry_out(
            _work(home, hands, "timer"), Wanted(reminders=tuple(due)), partial(_fire, due, fired)
        )
    return fired


def _fire(due: list[int], fired: list[str], state: State, change: Change) -> None:
    fired.clear()
    for row in [state.reminders[number] for number in due if number in state.reminders]:
        change.put(row.but(state=Fate.FIRED), "fired")
        note = Notification(
            id=change.take("notification"),
            task_id=row.task_id,
            user_id=row.user_id,
            reminder_id=row.id,
            fire_at=row.fire_at,
            created_at=change.now,
        )
        change.add(note)
        fired.append(ids.short("notification", note.id))


async def follow(home: Home, hands: Hands, *, backwards: bool = False) -> None:
    """Make the occurrences that follow closed ones, as of the closings' times; by id, or backwards."""
    space = home.person.space
    closings = await home.database.app(space, _CLOSED, space)
    for closing in reversed(closings) if backwards else closings:
        number = closing["subject_id"]
        await carry_out(
            replace(_work(home, hands, "recurrence"), now=closing["created_at"]),
            Wanted(tasks=(number,), around=frozenset({"below", "occurrences", "parents"})),
            lambda _, change, number=number: roll_over(change, number),
            cause=closing["op"],
        )
