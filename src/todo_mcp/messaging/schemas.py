"""Every event type as JSON Schema: the contract that consumers in any language are held to."""

from typing import Any, Final, cast

from todo_mcp.messaging.envelope import CloudEvent
from todo_mcp.messaging.shapes import DATA, TYPES

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_NULL: Final = {"type": "null"}


def schema(type_: str) -> dict[str, Any]:
    """The whole CloudEvent of this type as it is on the wire."""
    whole = _plain(CloudEvent.model_json_schema())
    data = _plain(DATA[TYPES[type_]].model_json_schema())
    shared = data.pop("$defs")
    whole["properties"] |= {"type": {"const": type_}, "data": data}
    return {"$schema": DIALECT, "title": type_, **whole, "$defs": shared}


def _plain(node: Any) -> Any:
    """Without names made up from field names, and without null: what is not there is left out."""
    if isinstance(node, list):
        return [_plain(item) for item in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    found = cast("dict[str, Any]", node)
    kept = {
        name: _properties(value) if name in {"properties", "$defs"} else _plain(value)
        for name, value in found.items()
        if name not in {"title", "default"}
    }
    choices = [choice for choice in kept.get("anyOf", ()) if choice != _NULL]
    if choices:
        del kept["anyOf"]
        kept |= choices[0] if len(choices) == 1 else {"anyOf": choices}
    return kept


def _properties(named: dict[str, Any]) -> dict[str, Any]:
    """Their names are names, whatever they are."""
    return {name: _plain(value) for name, value in named.items()}
