"""Somebody who imports and exports: files as text, spaces as what is in them."""

import io
from dataclasses import dataclass
from typing import Any, Final

import icalendar
from pydantic_core import from_json

from tests.conftest import NOW, ZONE
from todo_mcp.domain.calendar import outward
from todo_mcp.domain.recurrence import Recurrence, upcoming
from todo_mcp.domain.repeating import occurs
from todo_mcp.domain.task import Task
from todo_mcp.service.calendar.exporting import Export
from todo_mcp.service.calendar.importing import Report, import_file
from todo_mcp.service.work import Work
from todo_mcp.store import spaces
from todo_mcp.store.database import Database

# What differs between two spaces, or only with time.
APART: Final = ("id", "version", "list_id", "parent_id", "series_id", "blocked_by", "updated_at")
_ROWS: Final = """
SELECT to_jsonb(t) - 'search' AS task, l.name AS list, l.inbox, to_jsonb(s) AS series,
 (SELECT p.title FROM tasks p WHERE p.space_id = $1 AND p.id = t.parent_id) AS parent,
 ARRAY(SELECT b.title FROM tasks b WHERE b.space_id = $1 AND b.id = ANY (t.blocked_by) ORDER BY 1) AS blockers,
 ARRAY(SELECT r.spec FROM reminders r WHERE r.space_id = $1 AND r.task_id = t.id
       AND r.state <> 'removed' ORDER BY 1) AS reminders
FROM tasks t JOIN lists l ON l.space_id = t.space_id AND l.id = t.list_id
LEFT JOIN series s ON s.space_id = t.space_id AND s.id = t.series_id
WHERE t.space_id = $1 AND t.deleted_at IS NULL ORDER BY t.title, t.id
"""


@dataclass(frozen=True)
class Desk:
    work: Work

    @classmethod
    async def of(cls, database: Database, name: str = "ada", zone: str = ZONE) -> "Desk":
        person = await spaces.enter(database, name, zone)
        return cls(Work(database, person, NOW, "import"))

    async def imports(self, text: str | bytes, list_name: str | None = None) -> Report:
        data = text if isinstance(text, bytes) else text.encode()
        return await import_file(self.work, io.BytesIO(data), list_name)

    async def exports(self, **chosen: Any) -> bytes:
        return (await self.told(**chosen))[0]

    async def told(self, **chosen: Any) -> tuple[bytes, int]:
        """The file, and how many occurrences it does not tell of their series."""
        export = await Export.of(self.work, **chosen)
        return b"".join([part async for part in export.ics()]), export.detached

    async def count(self, table: str) -> int:
        space = self.work.person.space
        sql = f"SELECT count(*) AS n FROM {table} WHERE space_id = $1"  # noqa: S608 (our own table)
        [row] = await self.work.database.app(space, sql, space)
        return row["n"]

    async def ids(self) -> list[str]:
        """Of all tasks, in the trash too, the oldest first."""
        space = self.work.person.space
        sql = "SELECT id FROM tasks WHERE space_id = $1 ORDER BY id"
        return [f"t{row['id']}" for row in await self.work.database.app(space, sql, space)]

    async def tasks(self) -> list[dict[str, Any]]:
        """What is in the space, without ids and times of writing; a recurrence by its coming dates."""
        space = self.work.person.space
        rows = await self.work.database.app(space, _ROWS, space)
        return [_told(row) for row in rows]


def _told(row: Any) -> dict[str, Any]:
    image = from_json(row["task"])
    task = Task.model_validate(image)
    told = {
        name: value
        for name, value in task.model_dump().items()
        if name not in APART and value not in (None, (), 0)
    }
    for name in ("created_at", "completed_at"):
        if name in told:
            told[name] = told[name].replace(microsecond=0)
    told["list"] = None if row["inbox"] else row["list"]
    told |= {name: list(row[name]) for name in ("blockers", "reminders")} | {
        "parent": row["parent"]
    }
    if row["series"] is not None and task.live:
        series = from_json(row["series"])
        recurrence = Recurrence.model_validate(series["recurrence"])
        here = occurs(task, recurrence)
        told["rhythm"] = outward(recurrence, here, series["passed"])
        told["coming"] = upcoming(recurrence, here, 10, series["passed"])
    for name in ("n", "occurs_on", "occurs_at") if "rhythm" not in told else ("n",):
        told.pop(name, None)
    return told


def vtodo(*lines: str, uid: str = "u1", summary: str = "Milk") -> str:
    return "\r\n".join(["BEGIN:VTODO", f"UID:{uid}", f"SUMMARY:{summary}", *lines, "END:VTODO"])


def calendar(*components: str, head: tuple[str, ...] = ()) -> str:
    return "\r\n".join(
        [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//x//x//EN",
            *head,
            *components,
            "END:VCALENDAR",
            "",
        ]
    )


def todos_in(data: bytes | str) -> list[Any]:
    """The to-dos that another parser finds."""
    parsed: Any = icalendar.Calendar.from_ical(data)
    return parsed.walk("VTODO")
