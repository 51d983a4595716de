"""What the words of a query stand for in a space: its vocabulary, typos forgiven, its comments."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from todo_mcp.domain import spelling, text as texts
from todo_mcp.domain.lexemes import CLOSED, LIVE, TRASH
from todo_mcp.domain.query import Query
from todo_mcp.domain.query_nodes import Word
from todo_mcp.store import search_terms as terms
from todo_mcp.store.database import Database
from todo_mcp.store.search_fence import own
from todo_mcp.store.search_terms import Reading

# A beginning or part that more words share is too short to mean one of them.
LONGER: Final = 64
CANDIDATES: Final = 500
CORRECTIONS: Final = 3
COMMENTED: Final = 1_000
_LAST_CHARACTER: Final = "\U0010ffff"

_ASKED: Final = """
from jsonb_to_recordset($2::jsonb) as w(i int, word text, upto text, parts int[], typos int[], probe text)
cross join lateral"""
_KNOWN: Final = f"""
select w.i, 'known' as kind, v.space_id, v.word {_ASKED} (
 select space_id, word from words where space_id = $1::bigint and word = w.word) v
union all
select w.i, 'begins', v.space_id, v.word {_ASKED} (
 select space_id, word from words where space_id = $1::bigint and word > w.word and word < w.upto
 limit {LONGER + 1}) v
union all
select w.i, 'holds', v.space_id, v.word {_ASKED} (
 select space_id, word from words where space_id = $1::bigint and cardinality(w.parts) > 0
 and grams @> w.parts and position(w.word in word) > 0 and word <> w.word limit {LONGER}) v"""
_NEAR: Final = f"""
select w.i, 'near' as kind, v.space_id, v.word {_ASKED} (
 select space_id, word from words where space_id = $1::bigint and grams && w.typos
 limit {CANDIDATES}) v"""
_COMMENTED: Final = f"""
select w.i, 'said' as kind, v.space_id, v.task_id as word {_ASKED} (
 select space_id, task_id from comments where space_id = $1::bigint
 and search @@ w.probe::tsquery limit {COMMENTED}) v"""
# One word a statement: planned for a common word it would read on and on for a rare one.
_ALIVE: Final = """
select t.space_id, t.id from tasks t where t.space_id = $1::bigint and t.search @@ $2::text::tsquery limit 1"""


@dataclass(frozen=True)
class Vocabulary:
    """The readings of a query's words, and the typos forgiven: what was written, what it became."""

    readings: Mapping[Word, Reading] = field(default_factory=dict[Word, Reading])
    corrected: Mapping[str, Sequence[str]] = field(default_factory=dict[str, list[str]])


async def read(database: Database, space_id: int, query: Query) -> Vocabulary:
    """Look the words up, and correct those that nothing in the space begins with or contains.

    Words that are excluded are taken as they stand.
    """
    words = list(dict.fromkeys(query.words()))
    if not words:
        return Vocabulary()
    bare = [word for word in dict.fromkeys(query.sought()) if _is_bare(word)]
    found = await _ask(database, space_id, _KNOWN, [_lookup(space_id, word) for word in bare])
    readings = {word: _reading(found.get(i, {})) for i, word in enumerate(bare)}
    unknown = [word for i, word in enumerate(bare) if i not in found]
    corrected = await _correct(database, space_id, unknown)
    for word, better in corrected.items():
        readings[word] = Reading(corrections=tuple(better))
    readings = await _with_comments(database, space_id, words, readings)
    return Vocabulary(readings, {word.pieces[0]: better for word, better in corrected.items()})


async def correct_dead(
    database: Database, space_id: int, query: Query, known: Vocabulary
) -> Vocabulary | None:
    """Correct words that the vocabulary still has and no task any more; None where there are none."""
    words = list(dict.fromkeys(query.words()))
    sought = dict.fromkeys(query.sought())
    bare = [w for w in sought if _is_bare(w) and w.pieces[0] not in known.corrected]
    dead = [word for word in bare if not await _is_alive(database, space_id, word, known)]
    corrected = await _correct(database, space_id, dead)
    if not corrected:
        return None
    readings = dict(known.readings)
    for word, better in corrected.items():
        readings[word] = replace(readings[word], corrections=tuple(better))
    readings = await _with_comments(database, space_id, words, readings)
    told = {word.pieces[0]: better for word, better in corrected.items()}
    return Vocabulary(readings, {**known.corrected, **told})


async def _is_alive(database: Database, space_id: int, word: Word, known: Vocabulary) -> bool:
    reading = known.readings.get(word, Reading())
    if reading.comments:
        return True
    marks = [f"{space_id}{state}" for state in (LIVE, CLOSED, TRASH)]
    asked = terms.word_query(marks, word, reading)
    return bool(own(space_id, await database.search(_ALIVE, space_id, asked)))


def _is_bare(word: Word) -> bool:
    return not word.exact and len(word.pieces) == 1 and not texts.is_unspaced(word.pieces[0])


def _lookup(space_id: int, word: Word) -> dict[str, Any]:
    [piece] = word.pieces
    upto = piece + _LAST_CHARACTER if word.prefix else piece
    return {"word": piece, "upto": upto, "parts": spelling.part_keys(space_id, piece)}


def _reading(found: Mapping[str, Sequence[Any]]) -> Reading:
    begins = found.get("begins", ())
    many = len(begins) > LONGER
    longer = dict.fromkeys([*(() if many else begins), *found.get("holds", ())])
    return Reading(prefix=many, parts=tuple(longer))


async def _correct(
    database: Database, space_id: int, words: Sequence[Word]
) -> dict[Word, list[str]]:
    asked = {word: spelling.typo_keys(space_id, word.pieces[0]) for word in words}
    mistyped = [word for word, keys in asked.items() if keys]
    lookups = [{"typos": asked[word]} for word in mistyped]
    found = await _ask(database, space_id, _NEAR, lookups)
    corrected: dict[Word, list[str]] = {}
    for i, word in enumerate(mistyped):
        [piece] = word.pieces
        near = [other for other in found.get(i, {}).get("near", ()) if other != piece]
        if better := spelling.closest(piece, near, CORRECTIONS):
            corrected[word] = better
    return corrected


async def _with_comments(
    database: Database, space_id: int, words: Sequence[Word], readings: Mapping[Word, Reading]
) -> dict[Word, Reading]:
    """Readings with the tasks that have the word, or all words, in a comment."""
    marks = [f"{space_id}{LIVE}"]
    queries = [terms.word_query(marks, word, readings.get(word, Reading())) for word in words]
    probes = [{"probe": query} for query in [*queries, terms.all_of(queries)]]
    found = await _ask(database, space_id, _COMMENTED, probes)
    together = found.get(len(words), {}).get("said", ())
    told = dict(readings)
    for i, word in enumerate(words):
        said = {*found.get(i, {}).get("said", ()), *together}
        if said:
            told[word] = replace(told.get(word, Reading()), comments=tuple(sorted(said)))
    return told


async def _ask(
    database: Database, space_id: int, sql: str, lookups: Iterable[Mapping[str, Any]]
) -> dict[int, dict[str, list[Any]]]:
    """What each lookup found, by kind; lookups that found nothing are left out."""
    asked = json.dumps([{"i": i, **lookup} for i, lookup in enumerate(lookups)])
    if asked == "[]":
        return {}
    found: dict[int, dict[str, list[Any]]] = {}
    for row in own(space_id, await database.search(sql, space_id, asked)):
        found.setdefault(row["i"], {}).setdefault(row["kind"], []).append(row["word"])
    return found
