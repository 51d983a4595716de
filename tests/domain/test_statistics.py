"""Statistics follow their events, however those come: in any batches, repeated, from any start."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, strategies as st

from todo_mcp.domain.statistics import Days, Statistics, TaskEvent, follow

ZONE = "Pacific/Auckland"
BEGIN = datetime(2026, 11, 23, 9, tzinfo=UTC)

hours = st.integers(0, 80)
status = st.sampled_from(["open", "done", "skipped", "cancelled"])
tags = st.lists(st.sampled_from(["home", "work"]), unique=True)
steps = st.tuples(st.integers(1, 4), status, st.integers(1, 2), tags, hours, st.booleans())


def instant(hour: int) -> str:
    return (BEGIN + timedelta(hours=hour)).isoformat()


def history(moves: list[Any]) -> tuple[list[TaskEvent], dict[int, dict[str, Any]]]:
    """The events of these changes, as the log has them, and the tasks in the end."""
    rows: dict[int, dict[str, Any]] = {}
    events: list[TaskEvent] = []
    for place, (task, state, of, tagged, hour, trashed) in enumerate(moves, 1):
        old = rows.get(task)
        closed = instant(hour) if state != "open" else None
        new = {
            "id": task,
            "status": state,
            "list_id": of,
            "tags": tagged,
            "created_at": old["created_at"] if old else instant(hour),
            "completed_at": closed,
            "deleted_at": instant(hour) if trashed else None,
        }
        before = None if old is None else {k: v for k, v in old.items() if v != new[k]}
        events.append(TaskEvent((1, place // 3, place), before, new))
        rows[task] = new
    return events, rows


def counted(rows: dict[int, dict[str, Any]]) -> Days:
    """The oracle: what the tasks say that are there in the end."""
    days: Days = {}
    for row in rows.values():
        if row["deleted_at"] is not None:
            continue
        marks = [(row["created_at"], "added")]
        if row["status"] in {"done", "skipped"}:
            marks.append((row["completed_at"], row["status"]))
        for at, what in marks:
            # In November it is 13 hours later in Auckland.
            day = (datetime.fromisoformat(at) + timedelta(hours=13)).date().isoformat()
            for key in ("all", f"list:l{row['list_id']}", *(f"tag:{tag}" for tag in row["tags"])):
                counts = days.setdefault(day, {}).setdefault(key, {})
                counts[what] = counts.get(what, 0) + 1
    return days


@given(st.lists(steps, max_size=30), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30))))
def test_any_batches_with_any_repeats_count_what_the_tasks_say(
    moves: list[Any], batches: list[tuple[int, int]]
) -> None:
    # Red without the comparison of places, and with `after` counted without taking `before` off.
    events, rows = history(moves)
    value = Statistics(zone=ZONE)
    reached = 0
    for first, length in [*batches, (0, len(events))]:
        batch = events[min(first, reached) : first + length]
        if batch:
            reached = max(reached, min(first, reached) + len(batch))
            value = follow(value, batch, batch[-1].at)
    assert value.days == counted(rows)


def test_a_task_in_the_trash_counts_no_more_and_one_restored_again() -> None:
    done: tuple[Any, ...] = (1, "done", 1, [], 0, False)
    trashed: tuple[Any, ...] = (1, "done", 1, [], 0, True)
    events, _ = history([(1, "open", 1, [], 0, False), done, trashed, done])
    in_trash = follow(Statistics(zone=ZONE), events[:3], events[2].at)
    restored = follow(in_trash, events, events[3].at)
    assert in_trash.days == {}
    assert restored.days == {
        "2026-11-23": {"all": {"added": 1, "done": 1}, "list:l1": {"added": 1, "done": 1}}
    }
