"""VTODOs as drafts of tasks, with what could not be taken over; the inverse is `writing`."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import IO, Final

from todo_mcp.domain.calendar import Draft
from todo_mcp.domain.dates import ESTIMATE_SECONDS, timed
from todo_mcp.domain.task import Priority, Status
from todo_mcp.domain.text import LINE_MAX, NOTES_MAX, TAG_MAX, TAGS_MAX, TITLE_MAX, clean_tag, same
from todo_mcp.domain.when import When, day_in, moment_in
from todo_mcp.errors import LimitError, RuleError, TodoError
from todo_mcp.service.calendar import alarms, rhythms, values
from todo_mcp.service.calendar.rhythms import Rhythm
from todo_mcp.service.calendar.splitting import Block, Split

MAX_TODOS: Final = 20_000
CATEGORIES_MAX: Final = 200  # looked at
UID_MAX: Final = 500
UNTITLED: Final = "(no title)"
_STATUSES: Final = {
    "NEEDS-ACTION": Status.OPEN,
    "IN-PROCESS": Status.STARTED,
    "COMPLETED": Status.DONE,
    "CANCELLED": Status.CANCELLED,
}
_UNSAFE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_LOST: Final = ("ATTACH", "ATTENDEE", "GEO", "LOCATION", "URL", "COMMENT", "CONTACT", "RESOURCES")


@dataclass(slots=True)
class Found:
    """What a file holds: the drafts by UID, and by line what could not be taken over."""

    drafts: dict[str, Draft] = field(default_factory=dict[str, Draft])
    notes: list[str] = field(default_factory=list[str])
    refused: int = 0
    list: str | None = None  # where all of them go


def read(stream: IO[bytes], zone: str, list_name: str | None = None) -> Found:
    """All to-dos of a file; `zone` is where its floating times are meant.

    Raises:
        RuleError: it is no iCalendar file, or a broken one.
        LimitError: beyond what is read.
    """
    found, split = Found(list=list_name), Split()
    overrides = list[tuple[Block, str]]()
    rhythm_of = dict[str, Rhythm]()
    for number, (block, calendar) in enumerate(split.todos(stream), 1):
        if number > MAX_TODOS:
            raise LimitError(f"file: more than {MAX_TODOS:,} to-dos. Split it, import the parts.")
        uid = _uid(block)
        if "RECURRENCE-ID" in block.properties:
            overrides.append((block, uid))
            continue
        _take(found, rhythm_of, Said(block, found.notes), calendar, zone)
    for block, uid in overrides:
        _override(found, rhythm_of, block, uid, zone)
    _open(found, rhythm_of)
    for name, count in sorted(split.others.items()):
        found.notes.append(f"{count} {name} left out: not to-dos.")
    return found


def _uid(block: Block) -> str:
    found = block.first("UID")
    uid = values.text(found.raw).strip() if found else ""
    return _UNSAFE.sub("", uid)[:UID_MAX] or f"line {block.line}"


def _take(
    found: Found, rhythms_: dict[str, Rhythm], said: "Said", calendar: str | None, zone: str
) -> None:
    block, uid = said.block, _uid(said.block)
    if "UID" not in block.properties:
        said.lost("has no UID; it would come twice if imported again")
    if uid in found.drafts:
        said.lost("has the UID of an earlier one; the later counts")
    try:
        draft, rhythm = _draft(said, uid, zone)
    except TodoError as error:
        said.lost(f"not imported: {error}")
        found.refused += 1
        return
    named = found.list or draft.list or (calendar and _name(values.text(calendar)))
    draft = replace(draft, list=named)
    if "UID" not in block.properties:
        draft = replace(draft, uid=f"{draft.digest[:32]}@no-uid")
    rhythms_.pop(uid, None)
    if rhythm is not None:
        rhythms_[draft.uid] = rhythm
    found.drafts[draft.uid] = draft


@dataclass(frozen=True, slots=True)
class Said:
    """A to-do being read; notes what is lost of it by its line."""

    block: Block
    notes: list[str]

    def lost(self, what: str) -> None:
        self.notes.append(f"line {self.block.line}: {what}.")

    def text(self, name: str) -> str | None:
        found = self.block.first(name)
        return values.text(found.raw) if found else None

    def when(self, name: str, zone: str, of_utc: str | None) -> When | None:
        found = self.block.first(name)
        return values.when(found, zone, of_utc) if found else None


def _draft(said: Said, uid: str, zone: str) -> tuple[Draft, Rhythm | None]:
    own = said.text("X-TODO-MCP-ZONE")
    own = values.own_zone(own) if own else None
    due, start = said.when("DUE", zone, own), said.when("DTSTART", zone, own)
    if due is None and "DURATION" in said.block.properties:
        said.lost("DURATION is not taken over")
    draft = Draft(
        uid=uid,
        line=said.block.line,
        title=_title(said),
        notes=_notes(said),
        tags=_tags(said),
        priority=_priority(said),
        status=_status(said),
        zone=own,
        list=_name(said.text("X-TODO-MCP-LIST") or ""),
        deadline=_date(said, "X-TODO-MCP-DEADLINE"),
        estimate=_estimate(said),
        completed_at=values.instant_of(said.block.first("COMPLETED")),
        created_at=values.instant_of(said.block.first("CREATED")),
    )
    rhythm = rhythms.read(said.block, due, start, zone, said.lost)
    if rhythm is not None:
        start, due = rhythm.start, rhythm.due
    start = _own_start(said, own or (due.zone if due else zone)) or start
    draft = replace(_related(said, draft), due=due, start=start)
    for name in _LOST:
        if name in said.block.properties:
            said.lost(f"{name} is not taken over")
    if said.block.unread:
        said.lost(f"{said.block.unread} lines of it cannot be read")
    return replace(draft, alarms=alarms.read(said.block, draft, zone, said.lost)), rhythm


def _override(found: Found, rhythms_: dict[str, Rhythm], block: Block, uid: str, zone: str) -> None:
    said, rhythm = Said(block, found.notes), rhythms_.get(uid)
    draft = found.drafts.get(uid)
    if rhythm is None or draft is None:
        said.lost("changes one date of a recurrence that is not in the file; left out")
        return
    try:
        [at] = values.locals_in(block.properties["RECURRENCE-ID"][:1], rhythm.zone, zone)
        changed, _ = _draft(said, uid, zone)
        rhythm.overrides[at] = changed
    except (TodoError, ValueError) as error:
        said.lost(f"left out: {error}")


def _open(found: Found, rhythms_: dict[str, Rhythm]) -> None:
    """The open date of each recurrence, with what its override says, and the closed ones."""
    for uid, rhythm in rhythms_.items():
        for draft in rhythm.drafts(found.drafts[uid], found.notes):
            found.drafts[draft.uid] = draft


def _clean(text: str) -> str:
    return _UNSAFE.sub("", text)


def _name(text: str) -> str | None:
    """Of a list: one line that names can have."""
    return " ".join(_clean(text).split())[:LINE_MAX].strip() or None


def _title(said: Said) -> str:
    text = _clean(said.text("SUMMARY") or "")
    if not text.strip():
        said.lost(f"has no SUMMARY; it is called {UNTITLED}")
        return UNTITLED
    if len(text) > TITLE_MAX:
        said.lost(f"SUMMARY is cut to {TITLE_MAX} characters")
    return text[:TITLE_MAX]


def _notes(said: Said) -> str | None:
    text = _clean(said.text("DESCRIPTION") or "")
    if len(text) > NOTES_MAX:
        said.lost(f"DESCRIPTION is cut to {NOTES_MAX:,} characters")
    return text[:NOTES_MAX] or None


def _tags(said: Said) -> tuple[str, ...]:
    kept: dict[str, str] = {}
    changed = False
    words = values.texts(said.block.properties.get("CATEGORIES", ()), CATEGORIES_MAX + 1)
    for word in words[:CATEGORIES_MAX]:
        tag = word if _is_tag(word) else re.sub(r"[^\w/-]+", "-", word).strip("-")[:TAG_MAX]
        changed |= tag != word
        if _is_tag(tag):
            kept.setdefault(same(tag), tag)
    if changed:
        said.lost("CATEGORIES have characters that tags have not; written with '-'")
    if len(kept) > TAGS_MAX or len(words) > CATEGORIES_MAX:
        said.lost(f"only the first {TAGS_MAX} CATEGORIES are kept")
    return tuple(kept.values())[:TAGS_MAX]


def _is_tag(word: str) -> bool:
    try:
        return clean_tag(word) == word
    except TodoError:
        return False


def _priority(said: Said) -> Priority:
    text = (said.text("PRIORITY") or "0").strip()
    if not re.fullmatch("[0-9]", text):
        said.lost("PRIORITY is no number from 0 to 9")
        return Priority.NONE
    level = int(text)
    if level == 0:
        return Priority.NONE
    return Priority.HIGH if level < 5 else Priority.MEDIUM if level == 5 else Priority.LOW  # noqa: PLR2004 (RFC 5545 3.8.1.9)


def _status(said: Said) -> Status:
    text = (said.text("STATUS") or "").strip().upper()
    if text and text not in _STATUSES:
        said.lost("STATUS is none of a to-do; it is open")
    status: Status | None = _STATUSES.get(text)
    if status is Status.CANCELLED and said.text("X-TODO-MCP-STATUS") == "SKIPPED":
        return Status.SKIPPED
    if status is None and "COMPLETED" in said.block.properties:
        return Status.DONE
    percent = (said.text("PERCENT-COMPLETE") or "").strip()
    if percent.isascii() and percent.isdigit() and 0 < int(percent[:9]) < 100:  # noqa: PLR2004 (percent)
        said.lost("PERCENT-COMPLETE is not kept")
        return Status.STARTED if status is None or status is Status.OPEN else status
    if status is None:
        return Status.DONE if percent == "100" else Status.OPEN
    return status


def _read_own(said: Said, name: str, make: Callable[[str], date]) -> date | None:
    text = said.text(name)
    if text is None:
        return None
    try:
        return make(text)
    except ValueError:
        raise RuleError(f"{name}: is not one of todo-mcp's") from None


def _date(said: Said, name: str) -> date | None:
    return _read_own(said, name, date.fromisoformat)


def _own_start(said: Said, zone: str) -> When | None:
    start = _read_own(said, "X-TODO-MCP-START", _local)
    if isinstance(start, datetime) and start.tzinfo is not None:
        return moment_in(zone, start.astimezone(UTC))
    if isinstance(start, datetime):
        return timed(start.date(), start.time(), zone)
    return None if start is None else day_in(zone, start)


def _local(text: str) -> date:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _estimate(said: Said) -> int | None:
    text = said.text("X-TODO-MCP-ESTIMATE")
    if text is None or not re.fullmatch("[0-9]{1,8}", text):
        return None
    return int(text) if 0 < int(text) <= ESTIMATE_SECONDS else None


def _related(said: Said, draft: Draft) -> Draft:
    parent, blockers, others = None, list[str](), 0
    for found in said.block.properties.get("RELATED-TO", ()):
        kind = found.params.get("RELTYPE", "PARENT").upper()
        uid = _clean(values.text(found.raw)).strip()[:UID_MAX]
        if kind == "PARENT" and parent is None and uid:
            parent = uid
        elif kind == "DEPENDS-ON" and uid:
            blockers.append(uid)
        elif kind != "CHILD":  # the child says the same
            others += 1
    if others:
        said.lost(f"RELATED-TO is not taken over: {others} of a kind that tasks have not")
    return replace(draft, parent=parent, blockers=tuple(dict.fromkeys(blockers))[:100])
