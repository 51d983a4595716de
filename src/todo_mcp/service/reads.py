"""Everything about tasks by id."""

from collections.abc import Iterable
from typing import Any, Final

from todo_mcp import ids
from todo_mcp.domain import alarms
from todo_mcp.domain.recurrence import upcoming
from todo_mcp.domain.repeating import local_text, occurs
from todo_mcp.domain.state import State
from todo_mcp.domain.task import Task
from todo_mcp.domain.view import due_of, stamp
from todo_mcp.errors import NotFoundError, TodoError
from todo_mcp.ids import short
from todo_mcp.service.rows import recurrence_in, row
from todo_mcp.service.work import Work
from todo_mcp.store import reading
from todo_mcp.store.details import Details, details
from todo_mcp.store.load import Wanted, load

DATES: Final = 5
Full = dict[str, Any]


async def tasks(work: Work, texts: list[str], include: Iterable[str]) -> dict[str, Any]:
    """Each task in the order asked, with what `include` names; unknown ids in `failures`."""
    numbers, failures = _numbers(texts)
    parts = set(include)
    around = {"below"} if "subtasks" in parts else set[str]()
    around |= {"blockers"} if "blockers" in parts else set[str]()
    person = work.person
    wanted = Wanted(tasks=tuple(numbers), around=frozenset(around))
    state = await load(work.database, person.space, person.user, wanted, work.now)
    found = await details(work.database, person.space, list(state.tasks.values()))
    told: list[Full] = []
    for number in numbers:
        try:
            told.append(_full(state.task(number), state, found, parts))
        except NotFoundError as error:
            failures.append({"id": short("task", number), "error": str(error)})
    await _add_past(work, told, parts)
    zone = state.user.zone
    return {"tasks": told, "failures": failures, "zone": zone, "now": stamp(work.now, zone)}


def _numbers(texts: list[str]) -> tuple[list[int], list[dict[str, str]]]:
    numbers: dict[int, None] = {}
    failures: list[dict[str, str]] = []
    for text in dict.fromkeys(texts):
        try:
            numbers[ids.parse(text, "task", "ids")] = None
        except TodoError as error:
            failures.append({"id": text[: ids.SHOWN], "error": str(error)})
    return list(numbers), failures


def _full(task: Task, state: State, found: Details, parts: set[str]) -> Full:
    zone = state.user.zone
    full = row(task, found, zone) | {"status": task.status.value}
    times = {
        "created": task.created_at,
        "updated": task.updated_at,
        "completed": task.completed_at,
        "deleted": task.deleted_at,
    }
    full |= {name: stamp(at, zone) for name, at in times.items() if at is not None}
    if task.notes:
        full["notes"] = task.notes
    if "reminders" in parts:
        full["reminders"] = alarms.told(found.reminders.get(task.id, ()), task.zone or zone)
    if "subtasks" in parts:
        full["subtasks"] = _nested(task.id, state, found, zone)
    if "blockers" in parts:
        blockers = [state.tasks[n] for n in task.blocked_by if n in state.tasks]
        full["blockers"] = [row(blocker, found, zone) for blocker in blockers]
    if "occurrences" in parts and (dates := _dates(task, found)):
        full["occurrences"] = dates
    return full


def _nested(number: int, state: State, found: Details, zone: str) -> list[Full]:
    """Subtasks as rows, theirs inside them; what is in the trash is left out."""
    told: list[Full] = []
    for child in sorted(state.children(number), key=lambda task: task.id):
        if child.deleted_at is None:
            below = _nested(child.id, state, found, zone)
            told.append(row(child, found, zone) | ({"subtasks": below} if below else {}))
    return told


def _dates(task: Task, found: Details) -> list[str]:
    """The next five dates of the series, the open occurrence's due first."""
    recurrence = recurrence_in(task, found)
    if recurrence is None or not task.live:
        return []
    passed = found.series[task.series_id or 0].passed
    later = upcoming(recurrence, occurs(task, recurrence), DATES - 1, passed)
    return [due_of(task) or "", *(local_text(recurrence, local) for local in later)]


async def _add_past(work: Work, told: list[Full], parts: set[str]) -> None:
    by_id = {ids.parse(full["id"], "task", "ids"): full for full in told}
    zone, space = work.person.zone, work.person.space
    if "comments" in parts:
        for full in told:
            full["comments"] = []
        for comment in await reading.comments(work.database, space, list(by_id)):
            by_id[comment.task]["comments"].append(
                {
                    "id": short("comment", comment.id),
                    "by": comment.by,
                    "at": stamp(comment.at, zone),
                    "text": comment.text,
                }
            )
    if "history" in parts:
        for full in told:
            full["history"] = []
        for past in await reading.history(work.database, space, list(by_id)):
            by_id[past.task]["history"].append(_past(past, zone))


def _past(past: reading.Past, zone: str) -> Full:
    names = [name for name in past.changed if name not in ("version", "updated_at")]
    full: Full = {"at": stamp(past.at, zone), "event": past.type.split(".")[2]}
    if past.op is not None:
        full["op"] = short("operation", past.op)
    full |= {"by": past.by, "client": past.client, "tool": past.tool, "changed": names}
    return {name: value for name, value in full.items() if value not in (None, [])}
