"""One write call: who, with what, and what came of it."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict


class Operation(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    id: int
    user_id: int
    actor: dict[str, Any]
    tool: str
    key: str | None = None
    args_hash: str | None = None
    cause: int | None = None
    result: dict[str, Any]
    created_at: datetime
