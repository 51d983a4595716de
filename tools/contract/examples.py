"""Write the examples of docs/events.md from what is really sent: `python -m tools.contract.examples`."""

import asyncio
import json
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, cast

from tools.contract.happenings import ZONE, Told, happen

from todo_mcp.service.home import open_home
from todo_mcp.store import embedded

PAGE: Final = Path(__file__).parents[2] / "docs" / "events.md"
_EXAMPLE: Final = re.compile(r"(### `(todo\.[a-z.]+\.v1)`\n.*?```json\n)(.*?)(\n```)", re.DOTALL)
_NAME: Final = re.compile(r"(op|[tlrnsf])[1-9][0-9]*")
# Where each kind's numbers begin, so that an example shows what kind of number it is.
_FIRST: Final = {"t": 1042, "l": 7, "r": 311, "n": 90, "s": 12, "f": 3, "op": 881}
LINE: Final = 110
_TIME: Final = "2026-11-23T09:00:00Z"
_ID: Final = "019ab0c5-3a80-7000-8000-00000000002a"


def examples(page: str) -> dict[str, str]:
    """The example below each type's heading."""
    return {found[2]: found[3] for found in _EXAMPLE.finditer(page)}


def shown(event: Told) -> str:
    """An event as the page has it: short values in a line, long ones in several."""
    return _laid_out(normal(event), "")


def _laid_out(node: Any, indent: str) -> str:
    line = json.dumps(node, ensure_ascii=False)
    if not isinstance(node, dict) or len(indent) + len(line) <= LINE:
        return line
    parts = cast("Told", node).items()
    inner = [f'{indent}  "{name}": {_laid_out(part, indent + "  ")}' for name, part in parts]
    return "{\n" + ",\n".join(inner) + f"\n{indent}}}"


def normal(event: Told) -> Told:
    """The event with the numbers of nowhere, and sent at no time."""
    told = cast("Told", _each(event, _Numbers()))
    told |= {"id": _ID, "time": _TIME, "source": "/todo-mcp/3"}
    data = told["data"]
    if "notification" in data:  # made by the database's own clock
        data["notification"]["created_at"] = _TIME
        if "created_at" in data["changed"]:
            data["changed"]["created_at"] = [None, _TIME]
    for facts in data.values():
        if isinstance(facts, dict) and "user" in facts:
            facts["user"] = 1
    if "user" in data["changed"]:
        data["changed"]["user"] = [None, 1]
    return told


class _Numbers:
    """New numbers in the order in which the old ones come."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        found = _NAME.fullmatch(text)
        if found is None:
            return text
        taken = sum(_NAME.fullmatch(name)[1] == found[1] for name in self._known)  # type: ignore[index]
        return self._known.setdefault(text, f"{found[1]}{_FIRST[found[1]] + taken}")


def _each(node: Any, change: Callable[[str], str]) -> Any:
    if isinstance(node, dict):
        return {name: _each(part, change) for name, part in cast("Told", node).items()}
    if isinstance(node, list):
        return [_each(part, change) for part in cast("list[Any]", node)]
    return change(node) if isinstance(node, str) else node


async def _happened() -> dict[str, Told]:
    with tempfile.TemporaryDirectory(prefix="todo-events-") as name:
        used = await embedded.start(Path(name), idle_seconds=5)
        try:
            home = await open_home(used.url, user="ada", zone=ZONE, space=None)
            try:
                return await happen(home)
            finally:
                await home.database.close()
        finally:
            await used.release()
            await embedded.stop(Path(name))


def main() -> None:
    told = asyncio.run(_happened())
    old = PAGE.read_text(encoding="utf-8")
    new = _EXAMPLE.sub(lambda at: f"{at[1]}{shown(told[at[2]])}{at[4]}", old)
    PAGE.write_text(new, encoding="utf-8")
    print(f"{len(told)} examples written to {PAGE.relative_to(Path.cwd())}")


if __name__ == "__main__":
    main()
