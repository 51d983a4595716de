"""docs/events.md, from which others write their consumers, against what is really sent."""

import json
import re
from pathlib import Path
from typing import Any, cast

import jsonschema
import pytest
from tools.contract.events import FOLDER
from tools.contract.examples import PAGE, examples, normal
from tools.contract.happenings import happen

from todo_mcp.messaging.shapes import DATA, TYPES
from todo_mcp.service.home import Home

TEXT = PAGE.read_text(encoding="utf-8")


def schema(type_: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{type_}.json").read_text(encoding="utf-8"))


def row_of(text: str, name: str) -> bool:
    return f"\n| `{name}` | " in text


def test_each_type_has_its_place_a_schema_and_an_example() -> None:
    headings = re.findall(r"^### `(.*)`$", TEXT, re.MULTILINE)
    assert headings == list(TYPES)
    assert list(examples(TEXT)) == list(TYPES)
    links = re.findall(r"\]\(((?!https).*?)\)", TEXT)
    assert [link for link in links if not (PAGE.parent / link).exists()] == []
    assert {Path(link).stem for link in links if link.endswith(".json")} == set(TYPES)


def test_each_attribute_and_each_fact_is_explained() -> None:
    [beginning, *sections] = TEXT.split("\n| `data.")
    attributes: dict[str, Any] = schema("todo.task.created.v1")["properties"]
    assert [name for name in attributes if not row_of(beginning, name)] == []
    for kind, section in zip(DATA, sections, strict=True):
        assert section.startswith(f"{kind}` |")
        facts = schema(f"todo.{kind}.created.v1" if kind != "reminder" else "todo.reminder.set.v1")
        [names] = [shape["properties"] for shape in facts["$defs"].values()]
        assert [name for name in names if not row_of(section, name)] == []


@pytest.mark.parametrize("type_", TYPES)
def test_an_example_holds_to_its_schema(type_: str) -> None:
    told = json.loads(examples(TEXT)[type_])
    assert told["type"] == type_
    validator = cast("Any", jsonschema).Draft202012Validator(schema(type_))
    validator.validate(told)


async def test_the_examples_are_what_is_sent(home: Home) -> None:
    # `python -m tools.contract.examples` writes them.
    sent = {type_: normal(event) for type_, event in (await happen(home)).items()}
    assert sent.keys() == set(TYPES)
    for type_, text in examples(TEXT).items():
        assert json.loads(text) == sent[type_]
