"""What a tool accepts, and what a caller reads where it does not."""

from typing import Any

import pytest

from tests.hands import Hands
from tests.server.agent import agent
from tests.server.eras import Era, connect
from tests.server.small import answer, refusal, small_server
from todo_mcp.service.home import Home

KNOWN = "title, notes, priority, tags, subtasks, idempotency_key, dry_run"


@pytest.mark.parametrize("title", ["null", "[1]", '{"a": 1}', "true", "1", "{x}", '"x"', " x "])
async def test_text_is_kept_verbatim_also_where_it_looks_like_json(era: Era, title: str) -> None:
    async with connect(small_server(), era) as client:
        written = await answer(client, "add_task", {"title": title, "notes": title})

    assert written["tasks"][0]["title"] == title
    assert written["tasks"][0]["changed"]["notes"] == [None, title]


async def test_lists_and_objects_sent_as_text_are_read(era: Era) -> None:
    arguments = {"title": "x", "tags": '["[1]", "null"]', "subtasks": '["a", {"title": "b"}]'}
    async with connect(small_server(), era) as client:
        written = await answer(client, "add_task", arguments)

    assert written["tasks"][0]["changed"] == {
        "tags": [None, ["[1]", "null"]],
        "subtasks": ["a", "b"],
    }


async def test_null_means_not_given(era: Era) -> None:
    async with connect(small_server(), era) as client:
        written = await answer(client, "add_task", {"title": "x", "tags": None, "notes": None})

    assert written["tasks"][0]["changed"] == {}


async def test_null_means_the_default_too(home: Home, hands: Hands, era: Era) -> None:
    # Red with nulls handed on to what has a default.
    nulls = {"query": None, "sort": None, "limit": None, "cursor": None}
    async with agent(home, hands, era) as ada:
        task = await ada.add("Buy milk", dry_run=None, idempotency_key=None)
        assert (await ada.call("search_tasks", **nulls))["total"] == 1
        done = await ada.one("complete_tasks", ids=[task], action=None, with_subtasks=None)
    assert done["changed"] == {"status": ["open", "done"]}


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("add_task", {}, "title: missing; add_task needs it."),
    ("add_task", {"title": None}, "title: must be text, not null."),
    ("add_task", {"title": 5}, "title: must be text, not 5."),
    ("add_task", {"title": ["a"]}, "title: must be text, not a list."),
    ("add_task", {"title": {"a": 1}}, "title: must be text, not an object."),
    ("add_task", {"title": True}, "title: must be text, not true."),
    ("add_task", {"title": ""}, "title: must not be empty."),
    ("add_task", {"title": "x" * 501}, "title: at most 500 characters; this has 501."),
    ("add_task", {"title": "a\0b"}, "title: contains a NUL character; remove it."),
    (
        "add_task",
        {"title": "x", "priority": "urgent"},
        "priority: 'urgent' is not one of high, medium, low, none.",
    ),
    (
        "add_task",
        {"title": "x", "priority": "u" * 100},
        f"priority: '{'u' * 59}…' is not one of high, medium, low, none.",
    ),
    (
        "add_task",
        {"title": "x", "priority": 3},
        "priority: 3 is not one of high, medium, low, none.",
    ),
    (
        "add_task",
        {"title": "x", "titel": "y"},
        f"titel: unknown argument; add_task takes {KNOWN}. Did you mean title?",
    ),
    (
        "add_task",
        {"title": "x", "a b\nc": "y"},
        f"'a b\\nc': unknown argument; add_task takes {KNOWN}.",
    ),
    ("add_task", {"title": "x", "tags": "a"}, "tags: must be a list, not 'a'."),
    ("add_task", {"title": "x", "tags": "[1"}, "tags: must be a list, not '[1'."),
    (
        "add_task",
        {"title": "x", "tags": '["\\u0000"]'},
        "tags[0]: contains a NUL character; remove it.",
    ),
    ("add_task", {"title": "x", "tags": ["a", 4]}, "tags[1]: must be text, not 4."),
    ("add_task", {"title": "x", "tags": ["a"] * 21}, "tags: at most 20; you sent 21."),
    (
        "add_task",
        {"title": "x", "dry_run": "perhaps"},
        "dry_run: must be true or false, not 'perhaps'.",
    ),
    (
        "add_task",
        {"title": "x", "idempotency_key": "short"},
        "idempotency_key: at least 8 characters; this has 5.",
    ),
    (
        "add_task",
        {"title": "x", "idempotency_key": "k" * 129},
        "idempotency_key: at most 128 characters; this has 129.",
    ),
    (
        "add_task",
        {"title": "x", "subtasks": [5]},
        "subtasks[0]: must be text or an object, not 5.",
    ),
    (
        "add_task",
        {"title": "x", "subtasks": ["a", {"title": "b", "tilte": "c"}]},
        (
            "subtasks[1].tilte: unknown argument; this object takes title, notes, due, priority, "
            "reminders. Did you mean title?"
        ),
    ),
    ("add_task", {"title": "x", "subtasks": [{}]}, "subtasks[0].title: missing; it is needed."),
    (
        "add_task",
        {"title": "x", "subtasks": [{"title": "a", "priority": "top"}]},
        "subtasks[0].priority: 'top' is not one of high, medium, low, none.",
    ),
    ("add_tasks", {"tasks": []}, "tasks: at least one."),
    ("add_tasks", {"tasks": ["a"]}, "tasks[0]: must be an object, not 'a'."),
    ("add_tasks", {"tasks": [{"title": 1}]}, "tasks[0].title: must be text, not 1."),
    ("search", {"limit": 101}, "limit: must be between 0 and 100."),
    ("search", {"limit": -1}, "limit: must be between 0 and 100."),
    ("search", {"limit": 10**30}, "limit: must be between 0 and 100."),
    ("search", {"limit": "many"}, "limit: must be a whole number between 0 and 100."),
    ("search", {"limit": 2.5}, "limit: must be a whole number between 0 and 100."),
    ("search", {"limit": True}, "limit: must be a whole number between 0 and 100."),
    ("search", {"query": 10**30}, "query: must be text, not that number."),
    ("delete", {"ids": []}, "ids: at least one."),
    ("delete", {"ids": ["t1"] * 101}, "ids: at most 100; you sent 101."),
    ("delete", {"ids": "t1"}, "ids: must be a list, not 't1'."),
]


@pytest.mark.parametrize(("name", "arguments", "sentence"), REFUSED)
async def test_a_refusal_names_the_argument_and_what_is_valid(
    era: Era, name: str, arguments: dict[str, Any], sentence: str
) -> None:
    async with connect(small_server(), era) as client:
        assert await refusal(client, name, arguments) == sentence


async def test_all_that_is_wrong_is_said_at_once(era: Era) -> None:
    async with connect(small_server(), era) as client:
        said = await refusal(client, "search", {"limit": 500, "query": 3})

    assert said == "query: must be text, not 3. limit: must be between 0 and 100."


async def test_values_at_the_limits_are_accepted(era: Era) -> None:
    arguments = {"title": "x" * 500, "tags": ["a"] * 20, "idempotency_key": "k" * 128}
    async with connect(small_server(), era) as client:
        await answer(client, "add_task", arguments)
        await answer(client, "add_task", {"title": "x", "idempotency_key": "12345678"})
        assert (await answer(client, "search", {"limit": 100}))["total"] == 100
        assert (await answer(client, "search", {"limit": 0}))["total"] == 0
        assert (await answer(client, "search", {"limit": "7"}))["total"] == 7


async def test_nesting_that_no_argument_has_is_refused_by_name(era: Era) -> None:
    deep: Any = []
    for _ in range(50):
        deep = [deep]
    async with connect(small_server(), era) as client:
        said = await refusal(client, "add_task", {"title": "x", "tags": deep})

    assert said == "tags: nested deeper than 12 levels; no argument is."
