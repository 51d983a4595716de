"""Events on the wire, and back."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import pytest

from todo_mcp.domain.change import event_of
from todo_mcp.domain.events import VERBS
from todo_mcp.domain.reminder import Fate, Notification, Reminder
from todo_mcp.domain.row import Row
from todo_mcp.domain.series import Series
from todo_mcp.domain.space import Filter, TodoList
from todo_mcp.domain.task import Priority, Status, Task
from todo_mcp.domain.text import NOTES_MAX
from todo_mcp.messaging.envelope import CloudEvent, UndecodableError, decode, wrap
from todo_mcp.messaging.facts import LONG
from todo_mcp.messaging.shapes import DATA
from todo_mcp.store.events import Entry, Position

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
ID = UUID("01a20d27-2345-7d6d-b7bf-448414af69fe")
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

TASK = Task(
    id=1042,
    version=3,
    title="Water the plants",
    notes="Not the cactus",
    list_id=7,
    parent_id=1000,
    status=Status.OPEN,
    priority=Priority.HIGH,
    tags=("home", "balcony"),
    start_on=date(2026, 11, 26),
    due_on=date(2026, 11, 27),
    due_time=time(9),
    due_at=datetime(2026, 11, 27, 8, tzinfo=UTC),
    zone="Europe/Vienna",
    deadline_on=date(2026, 12, 1),
    estimate_seconds=900,
    assignee=2,
    position=1.5,
    series_id=12,
    n=4,
    occurs_on=date(2026, 11, 27),
    occurs_at=datetime(2026, 11, 27, 8, tzinfo=UTC),
    blocked_by=(5, 6),
    created_at=AT,
    updated_at=AT,
    completed_at=AT,
    deleted_at=AT,
)
ROWS: list[Row] = [
    TASK,
    Series(id=12, recurrence={"rule": "FREQ=WEEKLY"}, n=4, passed=5, ended_at=AT),
    Reminder(id=311, task_id=1042, user_id=1, spec="-30m", fire_at=AT, state=Fate.PENDING),
    Notification(
        id=90, task_id=1042, user_id=1, reminder_id=311, fire_at=AT, created_at=AT, acknowledged_at=AT
    ),
    TodoList(
        id=7, name="Garden", parent_id=6, position=2, created_at=AT, updated_at=AT, archived_at=AT, deleted_at=AT
    ),
    Filter(id=3, name="Soon", query="due:week", deleted_at=AT),
]  # fmt: skip


def entry(row: Row, before: Row | None = None, verb: str = "updated") -> Entry:
    """The log's entry of a change."""
    event = event_of(row, before, verb, new_id=lambda: ID, op=881, trace=TRACE)
    was, now = (None if i is None else json.dumps(i) for i in (event.before, event.after))
    return Entry(
        Position(1, 5, 5), 1, AT, ID, event.kind, event.subject_id, event.version, event.task_id,
        event.type, was, now, event.op, event.traceparent,
    )  # fmt: skip


def test_an_event_is_a_cloudevent_in_the_words_and_ids_of_people() -> None:
    old = TASK.but(completed_at=None, deleted_at=None)
    new = old.but(
        version=4, priority=Priority.NONE, status=Status.DONE, completed_at=AT, notes=None, parent_id=9
    )  # fmt: skip
    told = json.loads(wrap(entry(new, old, "completed")).to_json())
    data = told.pop("data")
    assert told == {
        "specversion": "1.0",
        "id": str(ID),
        "source": "/todo-mcp/1",
        "type": "todo.task.completed.v1",
        "subject": "t1042",
        "time": "2026-11-23T09:00:00Z",
        "sequence": "4",
        "traceparent": TRACE,
        "datacontenttype": "application/json",
    }
    assert data["op"] == "op881"
    assert data["changed"] == {
        "notes": ["Not the cactus", None],
        "parent": ["t1000", "t9"],
        "status": ["open", "done"],
        "priority": ["high", "none"],
        "completed_at": [None, "2026-11-23T09:00:00Z"],
    }
    assert data["task"] == {
        "id": "t1042",
        "title": "Water the plants",
        "list": "l7",
        "parent": "t9",
        "status": "done",
        "priority": "none",
        "tags": ["home", "balcony"],
        "start": "2026-11-26",
        "due": "2026-11-27T09:00:00+01:00",
        "zone": "Europe/Vienna",
        "deadline": "2026-12-01",
        "estimate_seconds": 900,
        "assignee": 2,
        "position": 1.5,
        "series": "s12",
        "n": 4,
        "occurs": "2026-11-27T09:00:00+01:00",
        "blocked_by": ["t5", "t6"],
        "created_at": "2026-11-23T09:00:00Z",
        "completed_at": "2026-11-23T09:00:00Z",
    }


def test_a_moved_due_is_told_as_one_field() -> None:
    later = TASK.but(
        version=4, due_on=date(2026, 11, 28), due_time=None, due_at=None, start_on=None
    )
    changed = wrap(entry(later, TASK)).data["changed"]
    assert changed == {
        "due": ["2026-11-27T09:00:00+01:00", "2026-11-28"],
        "start": ["2026-11-26", None],
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.kind)
def test_every_field_of_a_row_is_told_and_nothing_else(row: Row) -> None:
    told = wrap(entry(row, None, VERBS[row.kind][0]))
    shape: Any = DATA[row.kind].model_fields[row.kind].annotation
    # Only a reminder that fired has its notification.
    assert {*told.facts} | {"notification"} == {*shape.model_fields} | {"notification"}
    assert {*told.data["changed"]} - LONG == {*told.facts} - {"id"}
    assert decode(told.to_json()) == told


@pytest.mark.parametrize(
    ("row", "key"),
    list(zip(ROWS, ("t1042", "s12", "t1042", "t1042", "l7", "f3"), strict=True)),
    ids=lambda value: value if isinstance(value, str) else value.kind,
)
def test_what_belongs_to_a_task_keeps_the_tasks_order(row: Row, key: str) -> None:
    told = wrap(entry(row, None, VERBS[row.kind][0]))
    assert told.key == key
    assert told.space == 1


def test_the_biggest_event_stays_well_below_a_brokers_limit() -> None:
    # A control character is the longest a character gets in JSON; notes may hold them.
    old = TASK.but(
        title="𝔘" * 500, notes="\x01" * NOTES_MAX, tags=("𝔘" * 50,) * 20, blocked_by=(10**18 - 1,) * 100
    )  # fmt: skip
    new = old.but(version=4, title="𝔙" * 500, notes="\x02" * NOTES_MAX, tags=("𝔙" * 50,) * 20)
    assert len(wrap(entry(new, old)).to_json()) < 640 * 1024


def test_a_purged_task_is_told_with_what_is_left_of_it() -> None:
    blank = TASK.but(version=4, title="", notes=None)
    told = wrap(entry(blank, None, "purged"))
    assert decode(told.to_json()).facts["title"] == ""


@pytest.mark.parametrize("change", [{"after": None}, {"kind": "comet"}], ids=["no image", "comet"])
def test_an_entry_without_an_image_or_of_an_unknown_kind_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(UndecodableError, match="cannot tell"):
        wrap(replace(entry(TASK), **change))


def broken(**changes: Any) -> bytes:
    whole = json.loads(wrap(entry(TASK)).to_json())
    for path, value in changes.items():
        *above, last = path.split("__")
        place = whole
        for part in above:
            place = place[part]
        if value is None:
            del place[last]
        else:
            place[last] = value
    return json.dumps(whole).encode()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "body"),
        (b"canary", "body"),
        (b"[1]", "body"),
        (b'"\xff"', "body"),
        (broken(id=None), "id (missing)"),
        (broken(id="canary"), "id (uuid_parsing)"),
        (broken(specversion="canary"), "specversion (literal_error)"),
        (broken(source="/canary"), "source (string_pattern_mismatch)"),
        (broken(subject="canary"), "subject (string_pattern_mismatch)"),
        (broken(subject="r1042"), "different kinds"),
        (broken(type="canary.v1"), "type (string_pattern_mismatch)"),
        (broken(type="todo.comet.seen.v1"), "different kinds"),
        (broken(sequence=4), "sequence (string_type)"),
        (broken(sequence="0"), "sequence (string_pattern_mismatch)"),
        (broken(time="2026-11-23T09:00:00"), "time (timezone_aware)"),
        (broken(data=None), "data (missing)"),
        (broken(data="canary"), "data (dict_type)"),
        (broken(data__task=None), "task (missing)"),
        (broken(data__task__status="canary"), "task.status (literal_error)"),
        (broken(data__changed__title=["canary"]), "changed.title (too_short)"),
    ],
)  # fmt: skip
def test_what_is_no_event_of_ours_is_refused_with_the_reason_and_without_its_text(
    body: bytes, says: str
) -> None:
    with pytest.raises(UndecodableError) as caught:
        decode(body)
    assert says in str(caught.value)
    assert "canary" not in str(caught.value)


def test_what_a_bus_or_a_newer_version_adds_is_ignored() -> None:
    added = broken(topic="todo.events", data__task__colour="green", data__more=1)
    assert decode(added).id == ID


def test_an_event_is_the_same_after_its_way_over_the_wire() -> None:
    told = wrap(entry(TASK))
    assert decode(told.to_json()) == told
    assert isinstance(told, CloudEvent)
