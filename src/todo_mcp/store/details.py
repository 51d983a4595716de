"""What a row of a list shows beside the task itself: names, counts and the rhythm of its series."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic_core import from_json

from todo_mcp.domain.reminder import Reminder
from todo_mcp.domain.series import Series
from todo_mcp.domain.task import Task
from todo_mcp.store.database import Database

_DETAILS: Final = """
SELECT
 (SELECT coalesce(json_object_agg(id, name), '{}') FROM lists
  WHERE space_id = $1 AND id = ANY ($3)) AS lists,
 (SELECT coalesce(json_object_agg(u.id, u.name), '{}') FROM users u
  WHERE u.id = ANY ($4)) AS fellows,
 (SELECT coalesce(json_object_agg(parent_id, json_build_array(done, number)), '{}')
  FROM (SELECT parent_id, count(*) AS number,
          count(*) FILTER (WHERE status NOT IN ('open', 'started')) AS done
        FROM tasks WHERE space_id = $1 AND parent_id = ANY ($2) AND deleted_at IS NULL
        GROUP BY parent_id) s) AS subtasks,
 (SELECT coalesce(json_agg(r), '[]')
  FROM (SELECT id, version, task_id, user_id, spec, fire_at, state FROM reminders
        WHERE space_id = $1 AND task_id = ANY ($2) AND state <> 'removed' ORDER BY id) r) AS reminders,
 (SELECT coalesce(json_object_agg(task_id, number), '{}')
  FROM (SELECT task_id, count(*) AS number FROM comments
        WHERE space_id = $1 AND task_id = ANY ($2) GROUP BY task_id) c) AS comments,
 (SELECT coalesce(json_agg(s), '[]')
  FROM (SELECT id, version, recurrence, n, passed, ended_at FROM series
        WHERE space_id = $1 AND id = ANY ($5)) s) AS series
"""


@dataclass(frozen=True, slots=True)
class Details:
    """By id of list, person, task, task, task, series. `subtasks` is (closed, all)."""

    lists: dict[int, str]
    fellows: dict[int, str]
    subtasks: dict[int, tuple[int, int]]
    reminders: dict[int, list[Reminder]]
    comments: dict[int, int]
    series: dict[int, Series]


async def details(database: Database, space: int, tasks: Sequence[Task]) -> Details:
    """Everything these tasks' rows show, in one query."""
    args = (
        [task.id for task in tasks],
        [task.list_id for task in tasks],
        [task.assignee for task in tasks if task.assignee is not None],
        [task.series_id for task in tasks if task.series_id is not None],
    )
    [row] = await database.app(space, _DETAILS, space, *args)
    waiting: dict[int, list[Reminder]] = {}
    for item in from_json(row["reminders"]):
        waiting.setdefault(item["task_id"], []).append(Reminder.model_validate(item))
    return Details(
        lists=_by_number(row["lists"]),
        fellows=_by_number(row["fellows"]),
        subtasks={key: (done, every) for key, (done, every) in _by_number(row["subtasks"]).items()},
        reminders=waiting,
        comments=_by_number(row["comments"]),
        series={item["id"]: Series.model_validate(item) for item in from_json(row["series"])},
    )


def _by_number(text: str) -> dict[int, Any]:
    return {int(key): value for key, value in from_json(text).items()}
