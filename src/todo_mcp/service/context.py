"""What an agent asks first: now, names, what waits."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final

from todo_mcp.domain.view import stamp
from todo_mcp.domain.zone import wall
from todo_mcp.ids import short
from todo_mcp.service.work import Work
from todo_mcp.store.overview import overview
from todo_mcp.store.spaces import spaces_of

WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
PARTS: Final = ("lists", "tags", "filters", "members", "settings", "notifications")
FEW: Final = 20


async def context(work: Work, include: Iterable[str] | None) -> dict[str, Any]:
    """All parts, shortened to 20 each; those named in `include` whole, and only those."""
    person = work.person
    today = wall(work.now, person.zone).date()
    found = await overview(work.database, person.space, person.user, today=today, now=work.now)
    zone = found["settings"]["zone"]
    local = wall(work.now, zone)
    answer: dict[str, Any] = {
        "now": stamp(work.now, zone),
        "zone": zone,
        "weekday": WEEKDAYS[local.weekday()],
        "week_start": WEEKDAYS[int(found["settings"]["week_start"])].lower(),
        "overdue": found["overdue"],
        "today": found["today"],
    }
    if found["many"]:
        answer["at_least"] = True  # of the first so many open tasks
    if len(own := await spaces_of(work.database, person)) > 1:
        answer["space"] = own.pop(person.space)
        answer["other_spaces"] = list(own.values())
    asked = None if include is None else set(include)
    for part in PARTS:
        if asked is None or part in asked:
            told = _TOLD[part](found, zone)
            answer[part] = told if asked is not None or part == "settings" else told[:FEW]
            every = found["unread"] if part == "notifications" else len(told)
            if (left := every - len(answer[part])) > 0:
                answer.setdefault("more", {})[part] = left
    return answer


def _lists(found: dict[str, Any], _: str) -> list[dict[str, Any]]:
    return [
        {"id": short("list", item["id"]), "name": item["name"], "open": item["open"]}
        | ({"parent": short("list", item["parent"])} if item["parent"] else {})
        for item in found["lists"]
    ]


def _notifications(found: dict[str, Any], zone: str) -> list[dict[str, Any]]:
    return [
        {
            "id": short("notification", item["id"]),
            "task": short("task", item["task_id"]),
            "title": item["title"],
            "at": stamp(datetime.fromisoformat(item["fire_at"]), item["zone"] or zone),
        }
        for item in found["notifications"]
    ]


def _filters(found: dict[str, Any], _: str) -> list[dict[str, Any]]:
    return [{"name": item["name"], "query": item["query"]} for item in found["filters"]]


def _settings(found: dict[str, Any], _: str) -> dict[str, Any]:
    stored = found["settings"]
    told = stored | {
        "week_start": WEEKDAYS[int(stored["week_start"])].lower(),
        "day_start": stored["day_start"][: len("09:00")],
    }
    return {name: value for name, value in told.items() if value not in (None, [])}


def _tags(found: dict[str, Any], _: str) -> list[dict[str, Any]]:
    return found["tags"]


def _members(found: dict[str, Any], _: str) -> list[dict[str, Any]]:
    return found["members"]


_TOLD: Final[dict[str, Callable[[dict[str, Any], str], Any]]] = {
    "lists": _lists,
    "tags": _tags,
    "filters": _filters,
    "members": _members,
    "settings": _settings,
    "notifications": _notifications,
}
