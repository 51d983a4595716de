"""What a change of text means for searching: search vectors and the vocabulary."""

from typing import Any

from todo_mcp.domain.change import Change


def search_rows(space: int, change: Change, rows: dict[str, list[dict[str, Any]]]) -> None:
    """Complete the rows to be written."""
