"""The events as consumers see them. A change here is a change of the public API."""

import json
from typing import Any, cast

import jsonschema
import pytest
from tools.contract.events import FOLDER, contract

from tests.messaging.test_envelope import ROWS, entry
from todo_mcp.domain.events import VERBS, type_of
from todo_mcp.messaging.envelope import wrap
from todo_mcp.messaging.shapes import TYPES


def committed(type_: str) -> str:
    return (FOLDER / f"{type_}.json").read_text(encoding="utf-8")


def test_every_type_has_its_schema_and_no_schema_is_left_over() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(TYPES)


@pytest.mark.parametrize("type_", TYPES)
def test_the_committed_schema_is_what_is_sent(type_: str) -> None:
    # `python -m tools.contract.events` writes them. A field may be added; nothing else may change
    # without a new version of the type.
    assert committed(type_) == contract(type_)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.kind)
def test_what_is_sent_holds_to_the_committed_schema(row: Any) -> None:
    for verb in VERBS[row.kind]:
        told = json.loads(wrap(entry(row, None, verb)).to_json())
        validator = cast("Any", jsonschema).Draft202012Validator(
            json.loads(committed(type_of(row.kind, verb)))
        )
        validator.validate(told)
        told["data"][row.kind].pop("id")
        assert not validator.is_valid(told)
