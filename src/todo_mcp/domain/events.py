"""Facts in the past tense: what the log keeps and the bus carries."""

from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict

# What retention leaves of a thing's older events: the row as the newest of them left it.
SNAPSHOTTED: Final = "snapshotted"
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
        SNAPSHOTTED,
    ),
    "series": ("created", "updated", "ended", "resumed", SNAPSHOTTED),
    "reminder": (
        "set",
        "moved",
        "cancelled",
        "restored",
        "removed",
        "snoozed",
        "fired",
        SNAPSHOTTED,
    ),
    "notification": ("created", "acknowledged", "restored", SNAPSHOTTED),
    "list": ("created", "updated", SNAPSHOTTED),
    "filter": ("created", "updated", SNAPSHOTTED),
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
