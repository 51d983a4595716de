"""The arguments of a call as plain values: what was not given is left out."""

from typing import Any, Final, cast

from pydantic import BaseModel

_OF_THE_CALL: Final = frozenset({"ctx", "idempotency_key", "dry_run"})


def given(arguments: dict[str, Any]) -> dict[str, Any]:
    """A tool function's `locals()`, as use cases take them and as calls are compared by."""
    return {
        name: plain(value)
        for name, value in arguments.items()
        if name not in _OF_THE_CALL and value is not None
    }


def plain(value: Any) -> Any:
    """Models as dicts of what was sent."""
    if isinstance(value, BaseModel):
        return value.model_dump(exclude_unset=True, exclude_none=True)
    if isinstance(value, list):
        return [plain(item) for item in cast("list[Any]", value)]
    return value


def only(arguments: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: arguments[name] for name in names if name in arguments}


def without(arguments: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name not in names}
