"""Whatever is sent, a tool gets arguments of its types or the caller a sentence about one of them."""

from typing import Any, Final

import pytest
from hypothesis import example, given, settings, strategies as st

from tests.server.small import TOOLS
from todo_mcp.errors import TodoError
from todo_mcp.server.strict import register

pytestmark = pytest.mark.many

NAMES: Final = [
    "title",
    "notes",
    "priority",
    "tags",
    "subtasks",
    "dry_run",
    "tasks",
    "limit",
    "ids",
    "text",
]
texts = st.text(max_size=20) | st.sampled_from(
    ["", "null", "[1]", '["a"]', '{"title": "x"}', "high", "true", "7", "\0", "\ud800", "x" * 501]
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from([10**400, -1, 101])
    | texts,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(NAMES) | texts, inner, max_size=4)
    ),
    max_leaves=8,
)
arguments = st.dictionaries(st.sampled_from(NAMES) | texts, values, max_size=5)
metadata = {tool.name: register(tool).fn_metadata for tool in TOOLS}


@given(tool=st.sampled_from(sorted(metadata)), sent=arguments)
@settings(max_examples=2_000, deadline=None)
@example(tool="add_task", sent={"title": "x", "subtasks": [{"subtasks": {"Subtask": 1}}]})
@example(tool="add_tasks", sent={"tasks": [{"title": {"title": 1}}], "Subtask": None})
@example(tool="search", sent={"limit": float("inf")})
@example(tool="add_task", sent={"Input should": None})
def test_arguments_fit_or_are_refused_in_a_sentence(tool: str, sent: dict[str, Any]) -> None:
    try:
        taken = metadata[tool].validate_arguments(sent)
    except TodoError as refused:
        said = str(refused)
        assert said.encode()  # so it can be sent
        assert said.split(":", maxsplit=1)[0]
        assert said.endswith((".", "?"))
        for foreign in ("pydantic", "Input should", "something else"):
            assert foreign not in said or foreign in str(sent)
    else:
        assert sent.keys() <= taken.keys()
