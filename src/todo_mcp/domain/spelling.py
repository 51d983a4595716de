"""Finding the words of a vocabulary that a misspelt or cut word may stand for.

A word of the vocabulary is stored with keys that an array index can look up: of its three-letter
parts, and of what is left of its first six letters without two of them (of a short word, without
one). Words within two typos of each other share at least four of their first six letters in order,
so they share a key. Keys are short hashes: neighbours share some by chance, which keeps the index
small and costs a few candidates more.
"""

from functools import lru_cache
from itertools import combinations
from typing import Final
from zlib import crc32

from todo_mcp.domain import text as texts

# Shorter words have too many neighbours to guess among.
TYPO_MIN: Final = 3
TWO_TYPOS_MIN: Final = 8
# What is longer is looked up as it stands only: no person mistypes it, and it would cost keys.
_LONGEST: Final = 24
_BEGINNING: Final = 6
_LEFT: Final = 4
_HASH_BITS: Final = 18
_SPACE_BITS: Final = 13


@lru_cache(maxsize=8_192)
def keys(space_id: int, word: str) -> list[int]:
    """The keys that a word of the space's vocabulary is stored with; empty where it has none.

    Numbers have parts but no typos: a number with one figure changed is another number.
    """
    if len(word) > _LONGEST or texts.is_unspaced(word):
        return []
    left = _shortened(word) if _has_typos(word) else set[str]()
    return sorted({*_hashed(space_id, 0, left), *part_keys(space_id, word)})


def part_keys(space_id: int, part: str) -> list[int]:
    """What the keys of every word that contains the part include."""
    return _hashed(space_id, 1, {part[at : at + 3] for at in range(len(part) - 2)})


def typo_keys(space_id: int, word: str) -> list[int]:
    """What the keys of every word within the typos allowed include at least one of."""
    if not _has_typos(word) or len(word) < TYPO_MIN or len(word) > _LONGEST:
        return []
    left = _shortened(word)
    if len(word) == _BEGINNING:  # may be a word of five letters with one too many
        left |= _without(word, 1)
    return _hashed(space_id, 0, left)


def allowed_typos(word: str) -> int:
    return 2 if len(word) >= TWO_TYPOS_MIN else 1


def closest(word: str, candidates: list[str], limit: int) -> list[str]:
    """The candidates with the fewest typos, if within those allowed; best first.

    At equal distance those with the same first letter come first, then those of the same length.
    """
    allowed = allowed_typos(word)
    scored = [(distance(word, other, allowed), other) for other in candidates]
    least = min((typos for typos, _ in scored), default=allowed + 1)
    if least > allowed:
        return []
    best = [other for typos, other in scored if typos == least]
    return sorted(best, key=lambda o: (o[:1] != word[:1], abs(len(o) - len(word)), o))[:limit]


def distance(left: str, right: str, limit: int) -> int:
    """Letters added, left out, changed or swapped with the next; `limit + 1` where it is more."""
    if abs(len(left) - len(right)) > limit:
        return limit + 1
    before: list[int] = []
    above = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        row = [i]
        for j, b in enumerate(right, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, above = above, row
    return min(above[-1], limit + 1)


def _has_typos(word: str) -> bool:
    return len(word) > 1 and not any(character.isnumeric() for character in word)


def _shortened(word: str) -> set[str]:
    start = word[:_BEGINNING]
    if len(start) == _BEGINNING:
        return _without(start, _BEGINNING - _LEFT)
    return {start} | _without(start, 1)


def _without(start: str, count: int) -> set[str]:
    return {"".join(kept) for kept in combinations(start, len(start) - count)}


def _hashed(space_id: int, kind: int, parts: set[str]) -> list[int]:
    """Hashes with the space in them, within the range of PostgreSQL's `integer`."""
    space = crc32(str(space_id).encode()) % (1 << _SPACE_BITS)
    mark = (space << 1 | kind) << _HASH_BITS
    found = {mark | crc32(part.encode()) % (1 << _HASH_BITS) for part in parts}
    return sorted(key - (1 << 32) if key >> 31 else key for key in found)
