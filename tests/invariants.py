"""What must hold in the database after anything that tests have done to it."""

from collections import defaultdict

from pydantic_core import from_json

from tests import sowing
from todo_mcp.domain.reminder import Notification, Reminder
from todo_mcp.domain.row import Row
from todo_mcp.domain.series import Series
from todo_mcp.domain.space import TodoList
from todo_mcp.domain.task import Task
from todo_mcp.store.database import Database

_EVENTS = """
SELECT e.space_id, e.kind, e.subject_id, e.version, e.after::text, o.id IS NOT NULL
FROM events e LEFT JOIN operations o ON o.space_id = e.space_id AND o.id = e.op
ORDER BY e.generation, e.tx, e.seq
"""


async def log_tells_all(database: Database) -> int:
    """Every row's versions are in the log, in order and without a gap; the last is the row as it is.

    Answers how many events there are. The inbox is made with its user, before there is an operation.
    """
    told = defaultdict[tuple[str, int, int], list[tuple[int, str]]](list)
    events = await sowing.rows(database, _EVENTS)
    for space, kind, subject, version, after, of_operation in events:
        assert of_operation, f"an event of {kind} {subject} has no operation"
        told[kind, space, subject].append((version, after))
    for model in (TodoList, Series, Task, Reminder, Notification):
        for space, row in await _rows(database, model):
            found = told.pop((model.kind, space, row.id), [])
            if model is TodoList and not found:
                continue
            assert [version for version, _ in found] == [*range(1, row.version + 1)], row
            assert model.model_validate(from_json(found[-1][1])) == row
    assert not told, f"the log tells of rows that are not there: {told.keys()}"
    return len(events)


async def _rows(database: Database, model: type[Row]) -> list[tuple[int, Row]]:
    found = await sowing.rows(
        database,
        f"SELECT space_id, to_jsonb(t)::text FROM {model.table} t ORDER BY id",  # noqa: S608 (our own table)
    )
    return [(space, model.model_validate(from_json(row))) for space, row in found]
