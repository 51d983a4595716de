"""What every answer has to be, whatever was sent."""

import re
from collections.abc import Iterator
from typing import Any, Final, cast

from jsonschema import Draft202012Validator
from mcp.types import CallToolResult, TextContent

from tests.fuzz.calls import Schema

MINE: Final = "zzqmine"  # in stored titles, notes and comments of the caller: no error repeats it
OTHERS: Final = "zzqother"  # in everything of another space: no answer has it
ECHO_MOST: Final = 60
# Sentences that speak of no argument: what is there, or the whole call.
SENTENCES: Final = tuple(
    re.compile(form)
    for form in (
        r"t\d+ is being changed by others",
        r"This would write more than 5,000 rows",
    )
)
# `due: …`, `tasks[1].due: …`, and of a filter in a query `query, due: …`.
_HEAD: Final = re.compile(r"('[^']*'|\"[^\"]*\"|[A-Za-z_]\w*)(?:[\w.\[\]]*|, \w+): ")


def faults(
    arguments: dict[str, Any], schema: Schema, output: Schema, result: CallToolResult
) -> list[str]:
    """What is wrong with the answer; nothing, mostly."""
    texts = [block.text for block in result.content if isinstance(block, TextContent)]
    if not texts or not all(texts):
        return ["no text block"]
    found = [f"{OTHERS} is in the answer"] if OTHERS in result.model_dump_json() else []
    if result.is_error:
        if result.structured_content is not None:
            found.append("an error with structured content")
        return found + wrong_sentence(" ".join(texts), arguments, schema)
    data = cast("dict[str, Any]", result.structured_content or {})
    broken = Draft202012Validator(output).iter_errors(data)  # pyright: ignore[reportUnknownMemberType] (its stubs leave a type open)
    found += [f"not of the output schema: {error.message}" for error in broken]
    for failure in cast("list[dict[str, str]]", data.get("failures", [])):
        found += wrong_sentence(failure["error"], arguments, schema)
    return found


def wrong_sentence(said: str, arguments: dict[str, Any], schema: Schema) -> list[str]:
    found: list[str] = []
    if "fault of the server" in said:
        found.append("an internal error")
    elif not _named(said, arguments, schema):
        found.append("names no argument")
    if MINE in said:
        found.append("repeats stored text")
    if not said.endswith((".", "?", ")")):
        found.append("is no sentence")
    if any(_echoed(said, text) for text in strings(arguments)):
        found.append("repeats more than 60 characters of an argument")
    return found


def _named(said: str, arguments: dict[str, Any], schema: Schema) -> bool:
    if any(form.match(said) for form in SENTENCES):
        return True
    head = _HEAD.match(said)
    if head is None:
        return False
    name = head[1]
    return (
        name in schema["properties"] or name in arguments or name[0] in "'\"" or name == "arguments"
    )


def _echoed(said: str, text: str) -> bool:
    """Whether a run of more than 60 characters of the text stands in the error."""
    if len(text) <= ECHO_MOST:
        return False
    said = said.replace("\\\\", "\\")  # quoted as Python does
    longest = ECHO_MOST + 1
    return any(said[at : at + longest] in text for at in range(len(said) - longest + 1))


def strings(value: Any) -> Iterator[str]:
    """All text in a JSON value, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from strings(item)
    elif isinstance(value, dict):
        for key, item in cast("dict[str, Any]", value).items():
            yield key
            yield from strings(item)
