"""A measured figure and its goal, and the table of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Figure:
    """`met` is None where there is no goal: told beside one that has."""

    name: str
    measured: str
    goal: str = ""
    met: bool | None = None

    @classmethod
    def at_most(cls, name: str, limit: float, value: float, unit: str) -> Self:
        return cls(name, shown(value, unit), f"≤ {shown(limit, unit)}", value <= limit)

    @classmethod
    def at_least(cls, name: str, limit: float, value: float, unit: str) -> Self:
        return cls(name, shown(value, unit), f"≥ {shown(limit, unit)}", value >= limit)

    @classmethod
    def told(cls, name: str, value: float, unit: str) -> Self:
        return cls(name, shown(value, unit))

    @property
    def verdict(self) -> str:
        return "" if self.met is None else "pass" if self.met else "MISS"


def shown(value: float, unit: str) -> str:
    digits = 0 if value >= 100 else 2
    number = f"{value:,.{digits}f}"
    return f"{number.rstrip('0').rstrip('.') if digits else number} {unit}"


def table(figures: Sequence[Figure]) -> str:
    rows = [("FIGURE", "GOAL", "MEASURED", "")]
    rows += [(item.name, item.goal, item.measured, item.verdict) for item in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        "  ".join(part.ljust(width) for part, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
