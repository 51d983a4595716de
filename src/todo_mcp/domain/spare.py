"""Numbers for new rows: leased ones for what is written, imaginary ones for a dry run."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

# No sequence comes here, and answers leave such numbers out.
IMAGINARY: Final = 9 * 10**17


class OutOfIdsError(Exception):
    """A decision wants more numbers of a kind than were leased; lease and decide again."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(slots=True)
class Spare:
    """Hands out the leased numbers in order; `restart` before a decision is made once more."""

    dry: bool
    draw: Callable[[str], int | None] = lambda _: None  # one more, if that needs no waiting
    leased: dict[str, list[int]] = field(default_factory=lambda: defaultdict[str, list[int]](list))
    used: dict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))

    def take(self, kind: str) -> int:
        at = self.used[kind]
        self.used[kind] += 1
        if self.dry:
            return IMAGINARY + at
        held = self.leased[kind]
        if at >= len(held):
            number = self.draw(kind)
            if number is None:
                raise OutOfIdsError(kind)
            held.append(number)
        return held[at]

    def restart(self) -> None:
        self.used.clear()

    def left(self) -> dict[str, list[int]]:
        """What was leased and not used."""
        return {kind: numbers[self.used[kind] :] for kind, numbers in self.leased.items()}
