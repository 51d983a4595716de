"""The JSON schemas as clients see them: no `$ref`, no noise, nothing a model pays for in vain."""

from typing import Any, Final, cast, get_args, get_origin

from typing_extensions import get_type_hints

Schema = dict[str, Any]

RARE: Final = frozenset(
    {
        "at_least",
        "replayed",
        "dry_run",
        "warnings",
        "unblocked",
        "did_you_mean",
        "near",
        "toolsets_off",
        "week_start",
    }
)
_TYPES: Final[dict[Any, str]] = {str: "string", int: "integer", bool: "boolean", float: "number"}
_NULL: Final = {"type": "null"}


def input_schema(schema: Schema) -> Schema:
    """What may be sent: titles and nulls go, limits and the refusal of unknown names stay."""
    return _without_null(_inlined(schema))


def output_schema(answer: type[Any]) -> Schema:
    """Names and types of the top level of a TypedDict; the whole is checked on the server."""
    return {
        "type": "object",
        "properties": {
            name: _top(hint) for name, hint in get_type_hints(answer).items() if name not in RARE
        },
    }


def _top(hint: Any) -> Schema:
    if get_origin(hint) is list:
        return {"type": "array", "items": _top(get_args(hint)[0])}
    return {"type": _TYPES.get(hint, "object")}


def _inlined(schema: Schema) -> Schema:
    """Several hosts drop `$defs`. No argument of ours is recursive."""
    definitions = schema.get("$defs", {})

    def walk(node: Any) -> Any:
        if isinstance(node, list):
            return [walk(item) for item in cast("list[Any]", node)]
        if not isinstance(node, dict):
            return node
        node = cast("Schema", node)
        rest = {key: walk(value) for key, value in node.items() if key not in {"$ref", "$defs"}}
        if "$ref" in node:
            return walk(definitions[node["$ref"].removeprefix("#/$defs/")]) | rest
        return rest

    return walk(schema)


def _without_null(node: Any) -> Any:
    if isinstance(node, list):
        return [_without_null(item) for item in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    node = cast("Schema", node)
    slim = {
        key: {name: _without_null(part) for name, part in value.items()}
        if key == "properties"
        else _without_null(value)
        for key, value in node.items()
        if not _noise(key, value)
    }
    kinds = [kind for kind in slim.get("anyOf", ()) if kind != _NULL]
    if len(kinds) == 1:
        del slim["anyOf"]
        return kinds[0] | slim
    return slim | {"anyOf": kinds} if kinds else slim


def _noise(key: str, value: Any) -> bool:
    return (key == "title" and isinstance(value, str)) or (
        key == "default" and (value is None or value is False)
    )
