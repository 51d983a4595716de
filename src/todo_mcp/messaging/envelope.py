"""Events as CloudEvents 1.0, and back."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json, to_json

from todo_mcp.domain.events import VERBS
from todo_mcp.messaging.facts import kind_of, name_of, tell
from todo_mcp.messaging.shapes import DATA
from todo_mcp.store.events import Entry

CONTENT_TYPE: Final = "application/cloudevents+json"
_SOURCE: Final = "/todo-mcp/"


class UndecodableError(Exception):
    """This is no event of ours, and trying again is of no use. Says why and quotes no value."""


class CloudEvent(BaseModel):
    """One event as it travels; `id` is the same at every delivery of it."""

    # A bus adds attributes of its own.
    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"]
    id: UUID
    source: Annotated[str, Field(pattern=r"^/todo-mcp/[1-9][0-9]{0,17}$")]
    type: Annotated[str, Field(pattern=r"^todo\.[a-z]+\.[a-z]+\.v[1-9][0-9]*$")]
    subject: Annotated[str, Field(pattern=r"^[a-z]{1,2}[1-9][0-9]{0,17}$")]
    time: AwareDatetime
    sequence: Annotated[str, Field(pattern=r"^[1-9][0-9]*$")]
    traceparent: str | None = None
    datacontenttype: Literal["application/json"]
    data: dict[str, Any]

    @property
    def space(self) -> int:
        return int(self.source.removeprefix(_SOURCE))

    @property
    def kind(self) -> str:
        return self.type.split(".")[1]

    @property
    def facts(self) -> dict[str, Any]:
        """What the subject was, once this had happened."""
        return self.data[self.kind]

    @property
    def key(self) -> str:
        """Events of one key keep their order: those of a task, its reminders and notifications."""
        return self.facts.get("task", self.subject)

    def to_json(self) -> bytes:
        return to_json(self, exclude_none=True)


def wrap(entry: Entry) -> CloudEvent:
    """The log's entry as it travels.

    Raises:
        UndecodableError: the entry is of a kind this version does not know, or has no image.
    """
    if entry.kind not in VERBS or entry.after is None:
        raise UndecodableError("The log holds an event this version cannot tell.")
    before = None if entry.before is None else from_json(entry.before)
    facts, changed = tell(entry.kind, before, from_json(entry.after))
    data: dict[str, Any] = {entry.kind: facts, "changed": changed}
    if entry.op is not None:
        data["op"] = f"op{entry.op}"
    # Not validated: it is made of what the log holds, fifteen thousand times a second.
    return CloudEvent.model_construct(
        specversion="1.0",
        id=entry.id,
        source=f"{_SOURCE}{entry.space}",
        type=entry.type,
        subject=name_of(entry.kind, entry.subject_id),
        time=entry.at,
        sequence=str(entry.version),
        traceparent=entry.traceparent,
        datacontenttype="application/json",
        data=data,
    )


def decode(body: bytes) -> CloudEvent:
    """What a bus delivered.

    Raises:
        UndecodableError: it is not JSON, not a CloudEvent of ours, or its data has not the shape of
            its type.
    """
    try:
        event = CloudEvent.model_validate_json(body)
    except ValidationError as error:
        raise UndecodableError(f"Not a CloudEvent of todo-mcp: {_where(error)}.") from None
    if kind_of(event.subject) != event.kind:
        raise UndecodableError("type and subject are of different kinds.")
    try:
        DATA[event.kind].model_validate(event.data)
    except ValidationError as error:
        raise UndecodableError(f"data of {event.kind}: {_where(error)}.") from None
    return event


def _where(error: ValidationError) -> str:
    """Which attributes are wrong and how, without what they hold."""
    found = [
        f"{'.'.join(str(part) for part in item['loc']) or 'body'} ({item['type']})"
        for item in error.errors(include_url=False, include_input=False, include_context=False)
    ]
    return ", ".join(found[:5])
