"""What no argument may hold, whatever it means."""

import re
from typing import Any, Final, cast

from pydantic_core import PydanticKnownError

from todo_mcp.errors import LimitError, RuleError

MAX_DEPTH: Final = 12
_LONGEST_NAME: Final = 60
_GREATEST: Final = 2**31 - 1

_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


def whole_number(value: Any) -> Any:
    """Refuse `true`, which Python would count as 1."""
    if isinstance(value, bool):
        raise PydanticKnownError("int_type")
    return value


def stored_number(value: int) -> int:
    """Refuse what no column of ours could be compared with."""
    if abs(value) > _GREATEST:
        raise PydanticKnownError("less_than_equal", {"le": _GREATEST})
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
        argument = re.split(r"[.\[]", path)[0]
        raise LimitError(f"{argument}: nested deeper than {MAX_DEPTH} levels; no argument is.")
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
