"""Calls made from the tools' input schemas: valid ones, mistakes a model makes, hostile JSON."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, cast

from tests.fuzz import corpus

Schema = dict[str, Any]
Arguments = dict[str, Any]

RARELY: Final = 0.06  # a value that is not of the argument's domain
# So that many calls get past the first checks and into the rules: arguments that a tool mostly needs,
# kinds of ids that it takes, and how many of an argument's texts in the corpus make sense.
LIKELY: Final = {
    "set_reminder": ("reminders", "action"),
    "set_recurrence": ("recurrence",),
    "complete_tasks": ("action",),
    "search_tasks": ("query",),
    "reschedule_tasks": ("to",),
    "preview_schedule": ("recurrence",),
    "undo": ("last",),
}
KINDS: Final = {"set_reminder": ("t", "t", "r", "n"), "undo": ("op",)}
WORKS: Final = {
    "due": 12,
    "start": 12,
    "recurrence": 24,
    "reminders": 12,
    "zone": 6,
    "query": 24,
    "list": 5,
    "assignee": 4,
    "estimate": 7,
    "until": 7,
    "to": 12,
    "when": 12,
    "after": 12,
    "by": 7,
    "tags": 7,
    "tags_add": 7,
    "tags_remove": 7,
}


@dataclass
class Maker:
    """Makes the calls of one seed. `known` are ids that were seen in answers, `foreign` of others."""

    rng: random.Random
    known: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    foreign: list[str] = field(default_factory=list[str])
    tool: str = ""
    careless: bool = False  # about ids, in this call

    def call(self, tool: str, schema: Schema) -> Arguments:
        """Arguments of the tool: mostly valid, else mistaken or hostile."""
        self.tool = tool
        self.careless = self.rng.random() < 0.15
        drawn = self.rng.random()
        valid: Arguments = self.valid(schema)
        if self.rng.random() < 0.7:
            valid = _coherent(tool, valid)
        if drawn < 0.6:
            return valid
        return self.mistaken(valid, schema) if drawn < 0.82 else self.hostile(valid, schema)

    def valid(self, schema: Schema, name: str = "") -> Any:
        """A value that the schema admits."""
        if "anyOf" in schema:
            return self.valid(self.rng.choice(schema["anyOf"]), name)
        if "enum" in schema:
            return self.rng.choice(schema["enum"])
        return _KINDS[schema.get("type", "string")](self, schema, name)

    def _object(self, schema: Schema, _: str) -> Arguments:
        optional = [name for name in schema["properties"] if name not in schema.get("required", ())]
        some = self.rng.sample(optional, min(len(optional), self._size(0, len(optional))))
        likely = [name for name in LIKELY.get(self.tool, ()) if name in optional]
        some += [name for name in likely if name not in some and self.rng.random() < 0.8]
        names = [*schema.get("required", ()), *some]
        return {name: self.valid(schema["properties"][name], name) for name in names}

    def _array(self, schema: Schema, name: str) -> list[Any]:
        size = self._size(schema.get("minItems", 0), schema.get("maxItems", 120))
        return [self.valid(schema["items"], name) for _ in range(size)]

    def _size(self, least: int, most: int) -> int:
        """Few, and now and then as many as there may be."""
        if self.rng.random() < 0.02:
            return most
        return max(least, min(most, int(self.rng.expovariate(0.6)) + (self.rng.random() < 0.5)))

    def _string(self, schema: Schema, name: str) -> str:
        text = self._text(name)
        least, most = schema.get("minLength", 0), schema.get("maxLength", 60_000)
        if self.rng.random() < 0.01 and most < 60_000:
            return (text or "x").ljust(most, "x")[:most]
        return text.ljust(least, "x")[:most]

    def _text(self, name: str) -> str:
        if self.rng.random() < RARELY:
            return self.rng.choice(corpus.EVERYTHING)
        if name == "idempotency_key" and self.rng.random() < 0.8:
            return f"key-{self.rng.getrandbits(40)}"
        if ids := self._ids(name):
            return self.rng.choice(ids)
        texts = corpus.BY_ARGUMENT.get(name, corpus.TEXTS)
        if self.rng.random() < 0.7:
            texts = texts[: WORKS.get(name, len(texts))]
        return self.rng.choice(texts)

    def _ids(self, name: str) -> list[str]:
        """Ids of the kinds that go with the argument; sometimes of any kind, or somebody else's."""
        if name not in ("ids", "id", "parent", "blocked_by", "op"):
            return []
        if self.careless and self.rng.random() < 0.5:
            return list(corpus.IDS) if self.rng.random() < 0.5 else self.foreign
        kinds = KINDS.get(self.tool, ("t",)) if name in ("ids", "op") else ("t",)
        if self.careless:
            kinds = ("t", "r", "n", "op", "l")
        return self.known.get(self.rng.choice(kinds), [])[-40:]

    def _integer(self, schema: Schema, _: str) -> int:
        low, high = schema.get("minimum", -3), schema.get("maximum", 10)
        return self.rng.choice([low, high, self.rng.randint(low, high), 1])

    def _boolean(self, _: Schema, name: str) -> bool:
        return self.rng.random() < (0.15 if name == "dry_run" else 0.5)

    def mistaken(self, valid: Arguments, schema: Schema) -> Arguments:
        """One or two slips of the pen."""
        made = dict(valid)
        for _ in range(self.rng.choice((1, 1, 2))):
            made = self.rng.choice(_SLIPS)(self, made, schema)
        return made

    def hostile(self, valid: Arguments, schema: Schema) -> Arguments:
        """Values of any shape in any place."""
        names = [
            *schema["properties"],
            "_",
            "__proto__",
            "self",
            "ctx",
            "Title",
            "title ",
            "\0",
            "",
        ]
        made = dict(valid) if self.rng.random() < 0.5 else {}
        for name in self.rng.sample(names, self.rng.randint(1, 3)):
            made[name] = self.anything(0)
        return made

    def anything(self, depth: int) -> Any:
        drawn = self.rng.randint(0, 11 if depth < 4 else 6)
        if drawn > 8:
            return [self.anything(depth + 1) for _ in range(self.rng.randint(0, 4))]
        if drawn > 6:
            keys = [*corpus.BY_ARGUMENT, "title", "notes", *corpus.NASTY]
            chosen = self.rng.choices(keys, k=self.rng.randint(0, 3))
            return {key: self.anything(depth + 1) for key in chosen}
        if drawn > 3:
            return self.rng.choice(corpus.EVERYTHING)
        return self.rng.choice(ATOMS)() if drawn else self.deep()

    def deep(self) -> Any:
        """Lists or objects in each other, deeper than any argument."""
        value: Any = self.rng.choice(("x", 1, None))
        for _ in range(self.rng.choice((11, 12, 13, 80))):
            value = [value] if self.rng.random() < 0.5 else {"title": value}
        return value


ATOMS: Final[tuple[Callable[[], Any], ...]] = tuple(
    (lambda value=value: value)
    for value in (
        None, True, False, 0, 1, -1, 5, 1042, 2**31, 2**63, -(2**63) - 1, 10**30, 10**400, 0.5, -0.0, 1e300,
    )
)  # fmt: skip
_KINDS: Final[dict[str, Callable[[Maker, Schema, str], Any]]] = {
    "object": Maker._object,  # pyright: ignore[reportPrivateUsage]
    "array": Maker._array,  # pyright: ignore[reportPrivateUsage]
    "string": Maker._string,  # pyright: ignore[reportPrivateUsage]
    "integer": Maker._integer,  # pyright: ignore[reportPrivateUsage]
    "boolean": Maker._boolean,  # pyright: ignore[reportPrivateUsage]
}


def _coherent(tool: str, made: Arguments) -> Arguments:
    """Without the arguments that have no meaning beside the others."""
    gone: set[str] = {"anchor"} if "recurrence" not in made else set()
    if tool == "set_reminder":
        action = made.get("action", "add")
        gone |= {"until"} if action != "snooze" else {"reminders"}
        gone |= {"reminders"} if action == "dismiss" else set()
    if len(made.get("ids", ())) > 1:
        gone.add("version")
    gone |= set(made.get("clear", ()))
    return {name: value for name, value in made.items() if name not in gone}


def _some(maker: Maker, made: Arguments) -> str:
    return maker.rng.choice(list(made)) if made else "title"


def _as_text(maker: Maker, made: Arguments, _: Schema) -> Arguments:
    """`"5"` for 5, `"true"` for true, a list or an object as JSON in a string."""
    name = _some(maker, made)
    return made | {name: json.dumps(made.get(name))}


def _null(maker: Maker, made: Arguments, schema: Schema) -> Arguments:
    return made | {maker.rng.choice(list(schema["properties"])): None}


def _wrong_case(maker: Maker, made: Arguments, schema: Schema) -> Arguments:
    choices = [
        (name, part["enum"]) for name, part in schema["properties"].items() if "enum" in part
    ]
    if not choices:
        return made
    name, values = maker.rng.choice(choices)
    word = maker.rng.choice(values)
    return made | {name: maker.rng.choice((word.upper(), word.title(), f" {word}", word + "s"))}


def _extra(maker: Maker, made: Arguments, schema: Schema) -> Arguments:
    name = maker.rng.choice(list(schema["properties"]))
    twist = maker.rng.choice(
        (name + "s", name.upper(), name[1:], name.replace("_", "-"), "force", "x" * 99)
    )
    return made | {twist: made.get(name, "x")}


def _one_for_many(maker: Maker, made: Arguments, _: Schema) -> Arguments:
    """`t1` for `["t1"]`, and the other way about."""
    name = _some(maker, made)
    value = made.get(name)
    if not isinstance(value, list):
        return made | {name: [value]}
    several = cast("list[Any]", value)
    return made | {name: several[0] if several else several}


def _number(maker: Maker, made: Arguments, _: Schema) -> Arguments:
    return made | {_some(maker, made): maker.rng.choice((5, 1042, 0, -1, 1.5, True))}


def _missing(maker: Maker, made: Arguments, _: Schema) -> Arguments:
    gone = _some(maker, made)
    return {name: value for name, value in made.items() if name != gone}


def _wrapped(maker: Maker, made: Arguments, _: Schema) -> Arguments:
    return {maker.rng.choice(("arguments", "input", "params", "task")): made}


def _twice(maker: Maker, made: Arguments, _: Schema) -> Arguments:
    name = _some(maker, made)
    value = made.get(name)
    if isinstance(value, list):
        return made | {name: cast("list[Any]", value) * 2}
    return made | {name: value * 2 if isinstance(value, str) else value}


def _beyond(maker: Maker, made: Arguments, schema: Schema) -> Arguments:
    """One more than a limit, or one less."""
    name = maker.rng.choice(list(schema["properties"]))
    part = schema["properties"][name]
    if "maxLength" in part:
        size = maker.rng.choice((part["maxLength"] + 1, part.get("minLength", 1) - 1))
        return made | {name: "x" * size}
    if "maxItems" in part:
        size = maker.rng.choice((part["maxItems"] + 1, part.get("minItems", 1) - 1))
        return made | {name: [maker.valid(part["items"], name) for _ in range(size)]}
    if "maximum" in part:
        return made | {name: maker.rng.choice((part["maximum"] + 1, part.get("minimum", 0) - 1))}
    return made


_SLIPS: Final = (
    _as_text, _null, _wrong_case, _extra, _one_for_many, _number, _missing, _wrapped, _twice, _beyond,
)  # fmt: skip
