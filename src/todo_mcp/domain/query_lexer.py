"""The query language's tokens."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from todo_mcp.domain import text as texts
from todo_mcp.domain.query_nodes import FILTERS, Operator
from todo_mcp.errors import RuleError, quoted

_NAME: Final = re.compile(r"([A-Za-z][A-Za-z_-]*):")
_COMPARISON: Final = re.compile(r"<=|>=|<|>")
_SPACE: Final = re.compile(r"\s*")


@dataclass(frozen=True)
class Value:
    """What follows a filter's colon; `literal` where it stood in quotes."""

    text: str
    literal: bool


@dataclass(frozen=True)
class Filter:
    name: str
    operator: Operator
    value: Value
    upper: Value | None = None


@dataclass(frozen=True)
class Text:
    """Bare or quoted words, folded."""

    pieces: tuple[str, ...]
    exact: bool


Token = Filter | Text | Literal["(", ")", "-", "OR"]


def tokens(query: str, argument: str) -> list[Token]:
    """The query cut into tokens; bare punctuation is left out, with the minus before it.

    Raises:
        RuleError: a quote is not closed, or a filter has no value.
    """
    return _Lexer(query, argument).read()


class _Lexer:
    def __init__(self, query: str, argument: str) -> None:
        self.query = query
        self.argument = argument
        self.at = 0
        self.depth = 0
        self.found: list[Token] = []

    def read(self) -> list[Token]:
        while self._skip_space():
            self._token()
        return self.found

    def _skip_space(self) -> bool:
        found = _SPACE.match(self.query, self.at)
        self.at = found.end() if found else self.at
        return self.at < len(self.query)

    def _token(self) -> None:
        match self.query[self.at]:
            case "(":
                self._take("(", 1)
            case ")":
                self._take(")", -1)
            case "-" if self._minus_binds():
                self._take("-", 0)
            case '"':
                self._text(self._quoted(), exact=True)
            case _:
                self._bare()

    def _take(self, token: Literal["(", ")", "-"], deeper: int) -> None:
        self.found.append(token)
        self.depth += deeper
        self.at += 1

    def _minus_binds(self) -> bool:
        following = self.query[self.at + 1 : self.at + 2]
        return bool(following.strip()) and following != ")" and self.found[-1:] != ["-"]

    def _bare(self) -> None:
        named = _NAME.match(self.query, self.at)
        if named and self._is_filter(named):
            self._filter(named)
            return
        run = self._run()
        if run == "OR":
            self.found.append("OR")
        elif run in {"AND", "NOT"} and self._joins(run):
            if run == "NOT":
                self.found.append("-")
        else:
            self._text(run, exact=False)

    def _joins(self, run: str) -> bool:
        """Between terms AND says what holds anyway, before one NOT is a minus; else they are words."""
        more = self.query[self.at :].strip()
        if not more or more[0] in ")-" or self.found[-1:] == ["-"]:
            return False
        return run == "NOT" or self.found[-1:] not in ([], ["("], ["OR"])

    def _is_filter(self, named: re.Match[str]) -> bool:
        """`http://…` and `Note: …` are words; what looks like a filter and is none is an error."""
        following = self.query[named.end() : named.end() + 2]
        return named[1].lower() in FILTERS or not (following == "//" or not following[:1].strip())

    def _text(self, written: str, *, exact: bool) -> None:
        if found := tuple(texts.pieces(written)):
            self.found.append(Text(found, exact))
        elif self.found[-1:] == ["-"]:
            self.found.pop()

    def _filter(self, named: re.Match[str]) -> None:
        name = named[1].lower()
        self.at = named.end()
        operator: Operator = "="
        if compared := _COMPARISON.match(self.query, self.at):
            self.at = compared.end()
            operator = _operator(compared[0])
        value = self._value()
        upper = None
        if operator == "=":
            operator, value, upper = self._range(value)
        if not value.text.strip() or (upper and not upper.text.strip()):
            raise RuleError(
                f"{self.argument}: {quoted(named[0])} has no value. Write it right after the colon, "
                f'in quotes where it has spaces ({name}:"two words"), or quote the whole as text.'
            )
        self.found.append(Filter(name, operator, value, upper))

    def _range(self, value: Value) -> tuple[Operator, Value, Value | None]:
        if value.literal:
            if not self.query.startswith("..", self.at):
                return "=", value, None
            self.at += 2
            low, high = value, self._value()
        else:
            first, dots, rest = value.text.partition("..")
            if not dots:
                return "=", value, None
            low, high = Value(first, literal=False), Value(rest, literal=False)
            if not rest and self.query.startswith('"', self.at):
                high = self._value()
        return _bounded(low, high)

    def _value(self) -> Value:
        if self.query.startswith('"', self.at):
            return Value(self._quoted(), literal=True)
        return Value(self._run(), literal=False)

    def _quoted(self) -> str:
        end = self.query.find('"', self.at + 1)
        if end < 0:
            raise RuleError(
                f"{self.argument}: the quote at {quoted(self.query[self.at :], 20)} is not closed. "
                'Add the closing " or leave the opening one out.'
            )
        written = self.query[self.at + 1 : end]
        self.at = end + 1
        return written

    def _run(self) -> str:
        """What reaches up to a space, a quote or a bracket that it has not opened itself."""
        start, opened = self.at, 0
        while self.at < len(self.query):
            character = self.query[self.at]
            if character == '"' or character.isspace():
                break
            opened += (character == "(") - (character == ")")
            if opened < 0:
                break
            self.at += 1
        return self.query[start : self.at]


def _operator(written: str) -> Operator:
    match written:
        case "<=":
            return "<="
        case ">=":
            return ">="
        case "<":
            return "<"
        case _:
            return ">"


def _bounded(low: Value, high: Value) -> tuple[Operator, Value, Value | None]:
    """A range with one end left out is a comparison."""
    if not high.text:
        return ">=", low, None
    if not low.text:
        return "<=", high, None
    return "..", low, high
