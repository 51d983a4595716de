"""What all stored shapes have in common."""

from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict


class Row(BaseModel):
    """A row as rules, events and tools see it.

    A column that a newer schema added is ignored, so that this code runs beside its successor.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
    table: ClassVar[str]
    kind: ClassVar[str]

    id: int
    version: int = 1

    def image(self) -> dict[str, Any]:
        """The row as JSON, as events and the commit statement carry it; what is null is left out."""
        return self.model_dump(mode="json", exclude_none=True)

    def but(self, **changes: Any) -> Self:
        """A copy with these fields changed. Values are trusted: decisions check them."""
        return self.model_copy(update=changes)
