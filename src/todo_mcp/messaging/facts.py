"""What an event tells of its subject, in the words and ids people use: what it is now, and what changed."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from todo_mcp import ids
from todo_mcp.domain.change import UNTOLD
from todo_mcp.domain.task import Priority

Image: TypeAlias = dict[str, Any]
Form: TypeAlias = Callable[[Any], Any]

# Long text is told where it changed, not with every event of its task.
LONG: Final = frozenset({"notes"})
# Told as one value: the date, or where there is a time the instant with its zone's offset.
MOMENTS: Final = ("start", "due", "occurs")
_PARTS: Final = {f"{name}_{part}": name for name in MOMENTS for part in ("on", "time", "at")}
_APART: Final = UNTOLD | _PARTS.keys() | {"id"}
# Which of them a column bears on.
_MOMENTS_OF: Final[dict[str, dict[str, None]]] = {
    **{part: {name: None} for part, name in _PARTS.items()},
    "zone": dict.fromkeys(MOMENTS),
}


# Saved filters are named by people, not by id; on the wire they need one.
_PREFIXES: Final = ids.PREFIXES | {"filter": "f"}
_KINDS: Final = {prefix: kind for kind, prefix in _PREFIXES.items()}


def name_of(kind: str, number: int) -> str:
    """`t1042`."""
    return f"{_PREFIXES[kind]}{number}"


def kind_of(name: str) -> str | None:
    return _KINDS.get(name.rstrip("0123456789"))


def _short(kind: str) -> Form:
    prefix = _PREFIXES[kind]
    return lambda number: f"{prefix}{number}"


_TASK: Final = _short("task")
_SHARED: Final[dict[str, tuple[str, Form]]] = {
    "task_id": ("task", _TASK),
    "list_id": ("list", _short("list")),
    "series_id": ("series", _short("series")),
    "reminder_id": ("reminder", _short("reminder")),
    "notification_id": ("notification", _short("notification")),
    "blocked_by": ("blocked_by", lambda numbers: [_TASK(number) for number in numbers]),
    "priority": ("priority", {int(level): level.word for level in Priority}.__getitem__),
    "user_id": ("user", lambda number: number),
    "deadline_on": ("deadline", lambda day: day),
}
_OF_KIND: Final = {
    "task": _SHARED | {"parent_id": ("parent", _TASK)},
    "list": _SHARED | {"parent_id": ("parent", _short("list"))},
}


def tell(
    kind: str, before: Image | None, after: Image
) -> tuple[dict[str, Any], dict[str, list[Any]]]:
    """What the subject is, and {field: [before, after]} of what changed; an absent value is null.

    `before` has the old values of what changed, `after` the whole row, both as the log keeps them.
    """
    forms = _OF_KIND.get(kind, _SHARED)
    whole = _told(forms, after, after)
    old, new = {}, whole
    if before is not None:
        old, new = _told(forms, {**after, **before}, before), _told(forms, after, before)
    changed = {
        name: [old.get(name), new.get(name)]
        for name in (*new, *(name for name in old if name not in new))
        if old.get(name) != new.get(name)
    }
    facts = {name: value for name, value in whole.items() if name not in LONG}
    return {"id": name_of(kind, after["id"]), **facts}, changed


def _told(forms: dict[str, tuple[str, Form]], image: Image, names: Iterable[str]) -> dict[str, Any]:
    """These columns of the row, in the words and forms of people."""
    told: dict[str, Any] = {}
    moments: dict[str, None] = {}
    for name in names:
        if name in _MOMENTS_OF:
            moments |= _MOMENTS_OF[name]
        value = image.get(name)
        if value is None or name in _APART:
            continue
        if name in forms:
            word, form = forms[name]
            told[word] = form(value)
        else:
            told[name] = value
    for moment in moments:
        if image.get(f"{moment}_on") is not None:
            told[moment] = _moment(image, moment)
    return told


def _moment(image: Image, name: str) -> str:
    instant = image.get(f"{name}_at")
    if instant is None:
        return image[f"{name}_on"]
    zone = ZoneInfo(image.get("zone") or "UTC")
    return datetime.fromisoformat(instant).astimezone(zone).isoformat()
