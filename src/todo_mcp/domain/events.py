"""Facts in the past tense: what the log keeps and the bus carries."""

from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict

VERBS: Final = {
    "task": (
        "created",
        "updated",
        "started",
        "completed",
        "skipped",
        "cancelled",
        "reopened",
        "deleted",
        "restored",
        "purged",
    ),
    "series": ("created", "updated", "ended", "resumed"),
    "reminder": ("set", "moved", "cancelled", "restored", "removed", "snoozed", "fired"),
    "notification": ("created", "acknowledged", "restored"),
    "list": ("created", "updated"),
    "filter": ("created", "updated"),
}


def type_of(kind: str, verb: str) -> str:
    """`todo.task.completed.v1`."""
    if verb not in VERBS[kind]:
        raise ValueError(f"{kind} has no event {verb}")
    return f"todo.{kind}.{verb}.v1"


class Event(BaseModel):
    """One row changed. `before` has the old values of the fields that changed, `after` the whole row."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: UUID
    kind: str
    subject_id: int
    version: int
    task_id: int | None = None
    type: str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    op: int | None = None
    traceparent: str | None = None
