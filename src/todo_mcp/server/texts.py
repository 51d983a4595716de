"""What no argument may hold, and what is taken out of a title."""

import re
from typing import Any, Final, cast

from pydantic_core import PydanticCustomError

from todo_mcp.errors import LimitError, RuleError

MAX_DEPTH: Final = 12
_LONGEST_NAME: Final = 60

# Left in, they could make a title read otherwise than it is (bidi) or hide words from people (tags).
_INVISIBLE: Final = re.compile(
    "[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]"
)
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


def clean_title(title: str) -> str:
    """The title without invisible direction and tag characters; control characters are refused."""
    title = _INVISIBLE.sub("", title)
    if _CONTROL.search(title):
        raise PydanticCustomError(
            "text", "control characters are not allowed; only newline and tab are."
        )
    if not title.strip():
        raise PydanticCustomError("text", "must not be empty.")
    return title


def whole_number(value: Any) -> Any:
    """Refuse `true`, which Python would count as 1."""
    if isinstance(value, bool):
        raise PydanticCustomError("text", "must be a whole number.")
    return value


def refuse_unstorable(value: Any, path: str, depth: int = 0) -> None:
    """Refuse what no text of ours may hold, and nesting that no argument of ours has.

    Raises:
        RuleError: a NUL or half of a surrogate pair.
        LimitError: too deep.
    """
    if isinstance(value, str):
        if found := _UNSTORABLE.search(value):
            what = (
                "a NUL character" if found[0] == "\0" else "half of a character (a lone surrogate)"
            )
            raise RuleError(f"{path}: contains {what}; remove it.")
        return
    if not isinstance(value, dict | list):
        return
    if depth == MAX_DEPTH:
        raise LimitError(f"{path}: nested deeper than {MAX_DEPTH} levels; no argument is.")
    if isinstance(value, list):
        for number, item in enumerate(cast("list[Any]", value)):
            refuse_unstorable(item, f"{path}[{number}]", depth + 1)
        return
    for key, item in cast("dict[str, Any]", value).items():
        refuse_unstorable(key, path, depth)
        refuse_unstorable(item, f"{path}.{key}" if is_name(key) else path, depth + 1)


def is_name(text: str) -> bool:
    """Whether the caller's text may stand in an error without quotes."""
    return len(text) <= _LONGEST_NAME and text.isascii() and text.isidentifier()
