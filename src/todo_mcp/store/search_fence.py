"""The second fence of searches: a row of another space is never handed out or counted.

Searches read as a role that sees all spaces, because row-level security would keep them from their
indexes. Their statements name the space; should one not, what it brings is refused here.
"""

from collections.abc import Sequence
from typing import Any


class StrayRowError(Exception):
    """A statement brought a row of another space: a bug, and nothing of it may be shown."""


def own(space_id: int, rows: Sequence[Any]) -> Sequence[Any]:
    """The rows, each of which names its space in `space_id` (null where there is no row).

    Raises:
        StrayRowError: one is of another space.
    """
    if any(row["space_id"] not in (space_id, None) for row in rows):
        raise StrayRowError
    return rows
