"""How many matches a search has, all together and by group.

Red with completions counted up to 500 or 1,000 only, with the end of a range left out or its start
counted without what lies on it, and with groups counted of the first 1,000 matches only.
"""

from datetime import UTC, datetime, timedelta

import pytest

from tests import sowing
from tests.store.searching import SORTS, TODAY, Shelf, local, task
from todo_mcp.domain.task import Priority, Status
from todo_mcp.store import search as searching

SECOND = timedelta(seconds=1)


async def test_counts_are_exact_to_a_thousand_and_at_least_beyond(shelf: Shelf) -> None:
    await sowing.reminders(shelf.database, 1_000)
    await _index_everything(shelf)
    found = await shelf.search("", limit=0)
    assert (found.total, found.at_least, found.tasks, found.cursor) == (1_000, False, [], None)
    await sowing.reminders(shelf.database, 1, first=1_001)
    await _index_everything(shelf)
    for sort in SORTS:
        found = await shelf.search("task", sort)
        assert (found.total, found.at_least, len(found.tasks)) == (1_000, True, 25)


async def _index_everything(shelf: Shelf) -> None:
    await shelf.database.worker(
        "UPDATE tasks SET search = $1::text::tsvector WHERE search IS NULL", "'1:task':1A '1:#p0'"
    )
    await shelf.database.worker(
        "INSERT INTO words (space_id, word) VALUES (1, 'task') ON CONFLICT DO NOTHING"
    )


async def test_groups_of_matches_are_counted(shelf: Shelf) -> None:
    await shelf.put(
        task(1, "a", tags=("x", "y"), priority=Priority.HIGH, due_on=TODAY),
        task(2, "b", tags=("x",), assignee=1, **local(TODAY, 23, "America/New_York")),
        task(3, "c", status=Status.STARTED),
    )
    expected: dict[searching.GroupName, dict[str | None, int]] = {
        "list": {"1": 3},
        "tag": {"x": 2, "y": 1},
        "status": {"open": 2, "started": 1},
        "priority": {"none": 2, "high": 1},
        "assignee": {None: 2, "1": 1},
        "day": {"2026-11-23": 1, "2026-11-24": 1, None: 1},
    }
    for group, counts in expected.items():
        counted = await searching.count(shelf.database, await shelf.asked(""), group)
        assert counted == searching.Counted(counts, 3, at_least=False, corrected={})
    counted = await searching.count(shelf.database, await shelf.asked("nothing"), "list")
    assert (counted.counts, counted.total) == ({}, 0)


async def _complete(shelf: Shelf, first: int, last: int, at: datetime) -> None:
    await sowing.reminders(shelf.database, last - first + 1, first=first)
    await shelf.database.worker(
        "UPDATE tasks SET status = 'done', completed_at = $3 WHERE id BETWEEN $1 AND $2",
        first,
        last,
        at,
    )


@pytest.mark.parametrize("query", ["completed:2026-11-22", "completed:2026-11-22 status:done"])
async def test_completions_of_a_day_are_counted_in_full(shelf: Shelf, query: str) -> None:
    begins = datetime(2026, 11, 21, 23, tzinfo=UTC)  # midnight in Vienna
    ends = datetime(2026, 11, 22, 23, tzinfo=UTC)
    await _complete(shelf, 1, 10, begins - SECOND)
    await _complete(shelf, 11, 510, begins)
    await _complete(shelf, 511, 1_010, ends - SECOND)
    await _complete(shelf, 1_011, 1_020, ends)
    for sort in SORTS:
        found = await shelf.search(query, sort)
        assert (found.total, found.at_least, len(found.tasks)) == (1_000, False, 25), sort
    await _complete(shelf, 1_021, 1_021, begins)
    for sort in SORTS:
        found = await shelf.search(query, sort)
        assert (found.total, found.at_least, len(found.tasks)) == (1_000, True, 25), sort
    expected: dict[searching.GroupName, dict[str | None, int]] = {
        "day": {None: 1_001},
        "status": {"done": 1_001},
    }
    for group, counts in expected.items():
        counted = await searching.count(shelf.database, await shelf.asked(query), group)
        assert counted == searching.Counted(counts, 1_001, at_least=False, corrected={})
