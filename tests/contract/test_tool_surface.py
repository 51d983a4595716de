"""The tools as a model sees them. A change here is a change of the public API."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final, cast

import pytest
from mcp.types import Tool as Listed
from tools.contract.write import FOLDER, contract, list_tools

from todo_mcp.server.app import instructions
from todo_mcp.server.tools import TOOLS

# What the list of tools may cost a conversation: bytes by four.
BUDGET_TOKENS: Final = 5_500
LONGEST_TEXT: Final = 2_048  # hosts cut instructions and descriptions there
# What begins with one of these verbs is the name of a tool.
TOOL_NAME: Final = re.compile(
    r"\b(?:(?:get|search|add|update|complete|set|delete|reschedule|preview)_[a-z]+|undo|organize)\b"
)

# What an argument would be called that leads out of the system.
ADDRESS: Final = re.compile(r"url|uri|host|e?mail|webhook|target|address|endpoint|phone|callback")


@pytest.fixture(scope="module")
async def listed() -> list[Listed]:
    return await list_tools()


def schemas(node: Any) -> Iterator[dict[str, Any]]:
    """Every object inside, whatever it is for."""
    parts: list[Any] = []
    if isinstance(node, dict):
        yield cast("dict[str, Any]", node)
        parts = list(cast("dict[str, Any]", node).values())
    elif isinstance(node, list):
        parts = cast("list[Any]", node)
    for part in parts:
        yield from schemas(part)


def test_every_tool_is_as_its_contract_says(listed: list[Listed]) -> None:
    written = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}

    assert {tool.name: contract(tool) for tool in listed} == written, "run `make contract`"


def test_tools_are_listed_once_each_in_their_order(listed: list[Listed]) -> None:
    assert [tool.name for tool in listed] == [tool.name for tool in TOOLS]
    assert len({tool.name for tool in listed}) == len(listed)


def test_the_whole_list_stays_within_its_budget(listed: list[Listed]) -> None:
    size = sum(
        len(tool.model_dump_json(by_alias=True, exclude_none=True).encode()) for tool in listed
    )

    assert size / 4 <= BUDGET_TOKENS


def test_no_schema_has_what_hosts_or_providers_cannot_read(listed: list[Listed]) -> None:
    for tool in listed:
        assert tool.input_schema["additionalProperties"] is False
        assert not {"anyOf", "oneOf", "allOf"} & tool.input_schema.keys()
        for schema in schemas([tool.input_schema, tool.output_schema]):
            assert not {"$ref", "$defs"} & schema.keys(), tool.name
            assert {"type": "null"} not in schema.get("anyOf", []), tool.name


def test_every_tool_says_what_it_is_and_does(listed: list[Listed]) -> None:
    for tool in listed:
        assert tool.title
        assert tool.description
        assert len(tool.description) <= LONGEST_TEXT
        assert tool.output_schema
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", tool.name)


def test_every_hint_is_given_and_true(listed: list[Listed]) -> None:
    for tool in listed:
        assert tool.annotations is not None
        hints = tool.annotations.model_dump(exclude={"title"})
        assert all(isinstance(hint, bool) for hint in hints.values()), tool.name
        reads = tool.name.startswith(("get_", "search_", "preview_"))
        assert tool.annotations.read_only_hint is reads
        assert tool.annotations.destructive_hint is (tool.name in {"delete_tasks", "undo"})
        assert tool.annotations.open_world_hint is False


def test_every_write_can_be_repeated_and_tried(listed: list[Listed]) -> None:
    for tool in listed:
        takes = tool.input_schema["properties"].keys()
        writes = tool.annotations is not None and not tool.annotations.read_only_hint
        assert ({"idempotency_key", "dry_run"} <= takes) is writes, tool.name


def test_no_tool_takes_an_address_that_something_could_be_sent_to(listed: list[Listed]) -> None:
    # Red with a tool that takes a webhook: text inside a task could then name a new one.
    for tool in listed:
        takes = {name for node in schemas(tool.input_schema) for name in node.get("properties", ())}
        assert not {name for name in takes if ADDRESS.search(name)}, tool.name


def test_no_text_names_a_tool_that_is_not_there(listed: list[Listed]) -> None:
    names = {tool.name for tool in listed}
    arguments = {name for tool in listed for name in tool.input_schema["properties"]}
    for text in (instructions(), *(json.dumps(tool.model_dump(mode="json")) for tool in listed)):
        assert set(TOOL_NAME.findall(text)) <= names | arguments


def test_instructions_fit_where_hosts_cut_them() -> None:
    assert 0 < len(instructions()) <= LONGEST_TEXT
