"""What text may be stored, and the words it is found by."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from todo_mcp.errors import LimitError, RuleError, quoted

TITLE_MAX: Final = 500
NOTES_MAX: Final = 50_000
COMMENT_MAX: Final = 10_000
LINE_MAX: Final = 100
TAG_MAX: Final = 50
TAGS_MAX: Final = 20
WORD_MAX: Final = 50

# Bidi marks, embeddings, overrides and isolates; deprecated format characters; tag characters. They
# show nothing and can make a text read differently to a person and to a model.
_INVISIBLE: Final = re.compile(
    "[\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f\U000e0000-\U000e007f]"
)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_CONTROL_OR_BREAK: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")

# Marks that are accents or optional vowel points. Those of Indic and South-East Asian scripts and
# of kana are left alone: without them the words are others.
_ACCENTS: Final = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640"
    "\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff"
    "\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef]"
)
# Letters that Unicode does not decompose.
_LETTERS: Final = str.maketrans(
    {
        "ø": "o",
        "đ": "d",
        "ł": "l",
        "ħ": "h",
        "ŧ": "t",
        "ı": "i",
        "ĸ": "k",
        "ŋ": "n",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
    }
)
_JOINERS: Final = "\u00ad\u200c\u200d\u2060"
# Han, kana, bopomofo, Thai, Lao, Burmese, Khmer and the Tai scripts: no spaces between words.
_UNSPACED: Final = (
    "\u3005-\u3007\u3040-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aaf"
    "\ua9e0-\ua9ff\uaa60-\uaa7f"
)
_RUNS: Final = re.compile(f"[{_UNSPACED}]+|[^ {_UNSPACED}]+")
_ONLY_UNSPACED: Final = re.compile(f"[{_UNSPACED}]+")


def clean_title(text: str, argument: str = "title") -> str:
    """The title as given, invisible characters taken out; `null` and `[1]` are titles.

    Raises:
        RuleError: blank, or with a control character other than newline and tab.
        LimitError: more than 500 characters.
    """
    kept = _storable(text, argument, _CONTROL)
    if not kept.strip():
        raise RuleError(f"{argument}: is empty. Give 1 to {TITLE_MAX} characters.")
    return _within(kept, argument, TITLE_MAX)


def clean_notes(text: str, argument: str = "notes") -> str:
    """Markdown as given; anything but NUL, lone surrogates and invisible characters."""
    return _within(_storable(text, argument, None), argument, NOTES_MAX)


def clean_comment(text: str, argument: str = "text") -> str:
    """A comment as given, not blank."""
    kept = _storable(text, argument, None)
    if not kept.strip():
        raise RuleError(f"{argument}: is empty. Give 1 to {COMMENT_MAX:,} characters.")
    return _within(kept, argument, COMMENT_MAX)


def clean_line(text: str, argument: str, limit: int = LINE_MAX) -> str:
    """A name (of a list, filter, person): one line, without spaces around it, not blank."""
    kept = _storable(text.strip(), argument, _CONTROL_OR_BREAK).strip()
    if not kept:
        raise RuleError(f"{argument}: is empty. Give 1 to {limit} characters.")
    return _within(kept, argument, limit)


def clean_tag(text: str, argument: str = "tags") -> str:
    """One tag as written.

    Raises:
        RuleError: no letter or digit in it, or a character a tag cannot have.
        LimitError: more than 50 characters.
    """
    kept = _storable(text, argument, None)
    wrong = next((c for c in kept if not _is_tag_character(c)), None)
    if wrong is not None or not any(unicodedata.category(c)[0] in "LN" for c in kept):
        raise RuleError(
            f"{argument}: {quoted(kept)} is not a tag. A tag has letters of any script, digits, "
            "'-', '_' and '/', no spaces and no '#'."
        )
    return _within(kept, argument, TAG_MAX)


def clean_tags(tags: Iterable[str], argument: str = "tags") -> list[str]:
    """The tags in their order, each once; of two that differ only in case the first is kept.

    Raises:
        RuleError: one is not a tag.
        LimitError: more than 20.
    """
    kept: dict[str, str] = {}
    for tag in tags:
        cleaned = clean_tag(tag, argument)
        kept.setdefault(same(cleaned), cleaned)
    if len(kept) > TAGS_MAX:
        raise LimitError(f"{argument}: {len(kept)} tags; a task has at most {TAGS_MAX}.")
    return list(kept.values())


def same(text: str) -> str:
    """What names and tags are compared by: case aside, accents not."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def fold(text: str) -> str:
    """Text without accents and case, as searching sees it. Folding again changes nothing."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = _ACCENTS.sub("", apart.casefold()).translate(_LETTERS)
    return unicodedata.normalize("NFC", bare)


def pieces(text: str) -> list[str]:
    """Folded runs of letters and digits, each in scripts with spaces or in scripts without."""
    spaced = fold(text).translate(_SEPARATED)
    if text.isascii():
        return [run[:WORD_MAX] for run in spaced.split()]
    return [run[:WORD_MAX] if not is_unspaced(run) else run for run in _RUNS.findall(spaced)]


def is_unspaced(piece: str) -> bool:
    """Whether the piece is of a script that puts no spaces between words."""
    return not piece.isascii() and _ONLY_UNSPACED.match(piece) is not None


def words(text: str) -> list[str]:
    """What the text is indexed by, one entry a position.

    Text of scripts without spaces gives one pair of characters for each character (the last one
    alone), so that any part of it can be found as a run of neighbouring pairs.
    """
    if text.isascii():
        return pieces(text)
    found: list[str] = []
    for piece in pieces(text):
        if is_unspaced(piece):
            found.extend(piece[at : at + 2] for at in range(len(piece)))
        else:
            found.append(piece)
    return found


class _Separated(dict[int, str]):
    """Characters as word finding sees them, filled as they are met: separators become spaces."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        if character in _JOINERS:
            kept = ""
        elif category[0] in "LMN":
            kept = character
        else:
            kept = f" {character} " if category == "So" else " "
        self[code] = kept
        return kept


_SEPARATED: Final = _Separated()


def _is_tag_character(character: str) -> bool:
    return (
        character in "-_/\u200c\u200d"
        or character.isalnum()
        or (unicodedata.category(character)[0] in "LMN")
    )


def _storable(text: str, argument: str, refused: re.Pattern[str] | None) -> str:
    if "\0" in text:
        raise RuleError(f"{argument}: has a NUL character (U+0000). Leave it out.")
    plain = text.isascii()  # as most is: then nothing of it is half a pair or invisible
    if not plain and (found := _SURROGATE.search(text)):
        raise RuleError(
            f"{argument}: has half of a surrogate pair (U+{ord(found[0]):04X}) at character "
            f"{found.start() + 1}, which is not text. Send the whole character."
        )
    if refused is not None and (found := refused.search(text)):
        raise RuleError(
            f"{argument}: has the control character U+{ord(found[0]):04X} at character "
            f"{found.start() + 1}. Leave it out."
        )
    return text if plain else _INVISIBLE.sub("", text)


def _within(text: str, argument: str, limit: int) -> str:
    if len(text) > limit:
        raise LimitError(f"{argument}: {len(text):,} characters; at most {limit:,} are kept.")
    return text
