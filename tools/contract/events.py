"""Write every event type as consumers see it: `python -m tools.contract.events`."""

import json
from pathlib import Path

from todo_mcp.messaging.schemas import schema
from todo_mcp.messaging.shapes import TYPES

FOLDER = Path(__file__).parents[2] / "docs" / "events"


def contract(type_: str) -> str:
    return json.dumps(schema(type_), indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in FOLDER.glob("*.json"):
        path.unlink()
    for type_ in TYPES:
        (FOLDER / f"{type_}.json").write_text(contract(type_), encoding="utf-8")
    print(f"{len(TYPES)} event types written to {FOLDER.relative_to(Path.cwd())}/")


if __name__ == "__main__":
    main()
