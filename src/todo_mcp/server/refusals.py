"""What a caller reads when arguments do not fit: one sentence each, the argument's name first."""

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any, Final, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from todo_mcp.errors import quoted
from todo_mcp.server.schemas import Schema
from todo_mcp.server.texts import is_name

MOST: Final = 5  # sentences in one answer
_PRINTABLE: Final = 10**15
_KINDS: Final = {
    "string": "text",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
}


def explain(error: ValidationError, tool: str, schema: Schema, arguments: dict[str, Any]) -> str:
    """All that is wrong with the arguments of a call, for the model to mend in one go."""
    sentences: dict[str, str] = {}
    for detail in error.errors(include_url=False):
        place = _Place(tool, schema, arguments, detail)
        if place.wrong_branch:
            continue
        sentences.setdefault(place.path, f"{place.path}: {place.sentence()}")
    return " ".join(list(sentences.values())[:MOST])


class _Place:
    """One error with the part of schema and arguments it speaks of."""

    def __init__(
        self, tool: str, schema: Schema, arguments: dict[str, Any], detail: ErrorDetails
    ) -> None:
        self.tool = tool
        self.detail = detail
        self.node, self.owner, self.path = _walk(schema, arguments, detail["loc"])

    @property
    def wrong_branch(self) -> bool:
        """An object where text or an object may stand: only what is wrong with the object counts."""
        return (
            self.detail["type"] == "string_type"
            and isinstance(self.detail["input"], dict)
            and "object" in _types(self.node)
        )

    def sentence(self) -> str:
        special = _SENTENCES.get(self.detail["type"])
        return special(self) if special else self.wanted()

    def wanted(self) -> str:
        kinds = " or ".join(_KINDS[kind] for kind in _types(self.node)) or "something else"
        if "integer" in _types(self.node) and (bounds := _bounds(self.node)):
            return f"must be {kinds} {bounds}."
        return f"must be {kinds}, not {_shown(self.detail['input'])}."

    def unknown(self) -> str:
        valid = list(self.owner.get("properties", ()))
        near = get_close_matches(str(self.detail["loc"][-1]), valid, 1)
        hint = f" Did you mean {near[0]}?" if near else ""
        takes = f"{self.tool} takes" if "." not in self.path else "this object takes"
        return f"unknown argument; {takes} {', '.join(valid) or 'none'}.{hint}"

    def missing(self) -> str:
        return (
            f"missing; {self.tool} needs it." if "." not in self.path else "missing; it is needed."
        )

    def choice(self) -> str:
        return f"{_shown(self.detail['input'])} is not one of {', '.join(self.node['enum'])}."

    def range(self) -> str:
        greatest = self.detail.get("ctx", {}).get("le")
        return f"must be {_bounds(self.node) or f'at most {greatest}'}."

    def text_length(self) -> str:
        least, most = self.node.get("minLength", 0), self.node.get("maxLength")
        length = len(cast("str", self.detail["input"]))
        if most is not None and length > most:
            return f"at most {most} characters; this has {length}."
        return (
            "must not be empty."
            if least == 1
            else f"at least {least} characters; this has {length}."
        )

    def list_length(self) -> str:
        least, most = self.node.get("minItems", 0), self.node.get("maxItems")
        length = len(cast("Sequence[Any]", self.detail["input"]))
        if most is not None and length > most:
            return f"at most {most}; you sent {length}."
        return "at least one." if least == 1 else f"at least {least}; you sent {length}."


_SENTENCES: Final[dict[str, Callable[[_Place], str]]] = {
    "extra_forbidden": _Place.unknown,
    "missing": _Place.missing,
    "literal_error": _Place.choice,
    "greater_than_equal": _Place.range,
    "less_than_equal": _Place.range,
    "string_too_short": _Place.text_length,
    "string_too_long": _Place.text_length,
    "too_short": _Place.list_length,
    "too_long": _Place.list_length,
}


def _walk(
    schema: Schema, arguments: dict[str, Any], loc: tuple[int | str, ...]
) -> tuple[Schema, Schema, str]:
    """The schema at an error's place, that of the object around it, and the place as people write it.

    pydantic puts the name of a union's branch among the keys; what is no key of the value is one.
    """
    node, owner, path = schema, schema, ""
    value: Any = arguments
    for number, part in enumerate(loc):
        if isinstance(part, int):
            path += f"[{part}]"
            node = node.get("items", {})
            value = cast("list[Any]", value)[part] if isinstance(value, list) else None
            continue
        inside = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
        owner = _branch(node, "object")
        if part in inside or (number == len(loc) - 1 and part in owner.get("properties", ())):
            path += f".{_named(part)}" if path else _named(part)
            node = owner.get("properties", {}).get(part, {})
            value = inside.get(part)
    return node, owner, path


def _branch(node: Schema, kind: str) -> Schema:
    branches: list[Schema] = node.get("anyOf", [node])
    for branch in branches:
        if branch.get("type") == kind:
            return branch
    return {}


def _types(node: Schema) -> list[str]:
    branches: list[Schema] = node.get("anyOf", [node])
    return [branch["type"] for branch in branches if "type" in branch]


def _bounds(node: Schema) -> str:
    match node:
        case {"minimum": least, "maximum": most}:
            return f"between {least} and {most}"
        case {"minimum": least}:
            return f"at least {least}"
        case {"maximum": most}:
            return f"at most {most}"
        case _:
            return ""


def _named(part: str) -> str:
    return part if is_name(part) else quoted(part)


def _shown(value: Any) -> str:
    """The caller's own value, short enough to repeat."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return quoted(value)
        case int() | float():
            # more digits than Python would print
            return f"{value}" if abs(value) < _PRINTABLE else "that number"
        case list():
            return "a list"
        case _:
            return "an object"
