"""Words that no task has any more, taken out of the vocabulary a few hundred at a time."""

from collections.abc import AsyncGenerator
from typing import Final

from pydantic_core import to_json

from todo_mcp.domain.lexemes import CLOSED, LIVE, TRASH
from todo_mcp.store.duty import Duty

BATCH: Final = 500
# Whoever writes new words waits for no longer than this and a few milliseconds.
LOCK_MILLISECONDS: Final = 50

# Every lexeme names the space and the state. `+ 0`: another index than that of the lexemes would be
# read to its end for a word that is nowhere.
_LEXEMES: Final = " || ' | ' || ".join(
    f"'''' || w.space_id || '{state}' || w.word || ''''" for state in (LIVE, CLOSED, TRASH)
)
_USED: Final = f"""EXISTS (SELECT FROM tasks t
  WHERE t.space_id + 0 = w.space_id AND t.search @@ ({_LEXEMES})::tsquery)"""
_BATCH: Final = f"""
SELECT w.space_id, w.word, {_USED} AS used FROM (
  SELECT space_id, word FROM words WHERE (space_id, word) > ($1::bigint, $2::text)
  ORDER BY space_id, word LIMIT $3::int) w
ORDER BY w.space_id, w.word
"""  # noqa: S608 (put together from constants)
_NAME: Final = "SELECT set_config('app.words', $1, false)"
# A commit that finds its words here writes none of them, and its tasks are not to be seen before it
# ends. The lock waits for those under way, and the statement behind it sees what they wrote.
_FORGET: Final = f"""
DO $$ BEGIN
  PERFORM set_config('lock_timeout', '{LOCK_MILLISECONDS}ms', true);
  LOCK TABLE words IN SHARE ROW EXCLUSIVE MODE;
  DELETE FROM words w USING jsonb_to_recordset(current_setting('app.words')::jsonb)
    AS e(space_id bigint, word text)
  WHERE w.space_id = e.space_id AND w.word = e.word AND NOT {_USED};
EXCEPTION WHEN lock_not_available THEN NULL;
END $$
"""  # noqa: S608 (put together from constants)


async def sweep(duty: Duty) -> AsyncGenerator[None]:
    """Go through all words, a few hundred a step; the caller pauses between.

    Words that a commit is about to find stay for the next time.
    """
    place: tuple[int, str] = (0, "")
    while True:
        rows = await duty.run(_BATCH, *place, BATCH)
        unused = [{"space_id": r["space_id"], "word": r["word"]} for r in rows if not r["used"]]
        if unused:
            await duty.run(_NAME, to_json(unused).decode())
            await duty.run(_FORGET)
        yield
        if len(rows) < BATCH:
            return
        place = (rows[-1]["space_id"], rows[-1]["word"])
