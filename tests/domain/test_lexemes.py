"""What the index of searches holds of a task."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from todo_mcp.domain.lexemes import WORDS_MAX, comment_vector, facets, task_vector
from todo_mcp.domain.task import Priority, Status, Task

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def task(title: str, **more: Any) -> Task:
    return Task(id=1, title=title, list_id=7, created_at=NOW, updated_at=NOW, **more)


def test_words_have_places_that_do_not_run_from_one_field_into_the_next() -> None:
    made = task("Buy milk", tags=("home", "work"), notes="milk at Home")
    words = task_vector(1, made).split(" '1:#")[0]
    assert words == ("'1:buy':1A '1:milk':2A,8D '1:home':4B,10D '1:work':6B '1:at':9D")


@pytest.mark.parametrize(
    ("state", "mark"),
    [
        ({}, "1:"),
        ({"status": Status.STARTED}, "1:"),
        ({"status": Status.DONE, "completed_at": NOW}, "1~"),
        ({"status": Status.SKIPPED, "completed_at": NOW}, "1~"),
        ({"deleted_at": NOW}, "1^"),
        ({"status": Status.DONE, "completed_at": NOW, "deleted_at": NOW}, "1^"),
    ],
)
def test_every_lexeme_is_marked_with_space_and_state(state: dict[str, Any], mark: str) -> None:
    for lexeme in task_vector(1, task("Buy milk", tags=("a",), **state)).split():
        assert lexeme.startswith(f"'{mark}")


def test_facets_say_what_filters_ask_for() -> None:
    bare = task("x")
    assert facets(bare) == ["#open", "#p0", "#l7", "#a"]
    full = task(
        "x",
        status=Status.STARTED,
        priority=Priority.HIGH,
        assignee=3,
        tags=("Straße", "a/b"),
        blocked_by=(8,),
        series_id=2,
        n=1,
        parent_id=9,
        notes="n",
        estimate_seconds=60,
        start_on=date(2026, 11, 23),
        deadline_on=date(2026, 11, 23),
    )
    assert facets(full) == [
        "#started", "#p3", "#l7", "#a3", "#tstrasse", "#ta/b", "#b8", "#blocked", "#recurring",
        "#subtask", "#has:notes", "#has:tags", "#has:estimate", "#has:start", "#has:deadline",
    ]  # fmt: skip


def test_the_longest_notes_fit_a_tsvector() -> None:
    longest = task_vector(999_999_999_999, task("x" * 500, notes="\U00020000" * 50_000))
    assert len(longest.encode()) < 2**20
    many = task_vector(1, task("x", notes=" ".join(f"{n:x}" for n in range(9_999))))
    assert "270e" in many
    assert f":{WORDS_MAX}D" not in many


def test_comments_are_marked_with_their_space() -> None:
    assert comment_vector(11, "Milk, milk!") == "'11:milk':1D,2D"
