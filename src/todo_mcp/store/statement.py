"""Core statements compiled once and run by the driver: the text stays prepared, SQLAlchemy is not on the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Executable,
    Integer,
    SelectBase,
    Table,
    Text,
    any_,
    bindparam,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, asyncpg
from sqlalchemy.sql.compiler import SQLCompiler

# The dialect's types are annotated as Any-typed factories; one instance serves all compilations.
_DIALECT: Any = asyncpg.dialect()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with numbered parameters, and the order of the named ones."""

    sql: str
    names: tuple[str, ...]
    fixed: dict[str, Any]

    @classmethod
    def of(cls, statement: Executable) -> Self:
        compiled = statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined]
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 (for the type checker)
        return cls(compiled.string, tuple(compiled.positiontup or ()), dict(compiled.params))

    def args(self, **values: Any) -> list[Any]:
        """The arguments in the statement's order; what is not given keeps the value it was built with."""
        merged = {**self.fixed, **values}
        return [merged[name] for name in self.names]


def number(name: str) -> ColumnElement[int]:
    return bindparam(name, type_=BigInteger())


def numbers(name: str) -> ColumnElement[Sequence[int]]:
    return bindparam(name, type_=ARRAY(BigInteger()))


def string(name: str) -> ColumnElement[str]:
    return bindparam(name, type_=Text())


def moment(name: str) -> ColumnElement[datetime]:
    return bindparam(name, type_=DateTime(timezone=True))


def count(name: str) -> ColumnElement[int]:
    return bindparam(name, type_=Integer())


def one_of(ids: SelectBase) -> ColumnElement[Any]:
    """`= any(array(…))` reads by index; a join with a set of unknown size reads the whole table."""
    return any_(func.array(ids.scalar_subquery()))


def columns_of(model: type[BaseModel], table: Table) -> list[ColumnElement[Any]]:
    """The columns a model has: named one by one, so that a newer schema's columns stay out."""
    return [table.c[name] for name in model.model_fields if name in table.c]


def as_json(rows: SelectBase) -> ColumnElement[Any]:
    """All rows of a query as one JSON array, [] where there is none."""
    inner = rows.subquery()
    whole = select(func.coalesce(func.json_agg(inner.table_valued()), func.json_build_array()))
    return whole.select_from(inner).scalar_subquery()
