"""Our tools as the SDK runs them: strict arguments, readable errors, one line of log a call.

The only module that touches classes which the SDK calls provisional; `mcp` is pinned to a minor for it.
"""

import json
import types
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from functools import partial
from time import perf_counter
from typing import Annotated, Any, Union, cast, get_args, get_origin, get_type_hints

import structlog
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.server.mcpserver.tools.base import Tool as SdkTool
from mcp.server.mcpserver.utilities.func_metadata import ArgModelBase, FuncMetadata
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolResult
from pydantic import BaseModel, ValidationError

from todo_mcp.errors import RuleError, TodoError
from todo_mcp.server import schemas
from todo_mcp.server.context import Resources
from todo_mcp.server.refusals import explain
from todo_mcp.server.texts import refuse_unstorable
from todo_mcp.server.tool import Tool

log = structlog.get_logger()


def register(tool: Tool) -> SdkTool:
    """What `MCPServer(tools=[…])` takes."""
    with _unknown_arguments_forbidden():
        made = SdkTool.from_function(
            tool.function,
            title=tool.title,
            annotations=tool.annotations,
            structured_output=False,  # the SDK would build a schema of which little is shown
        )
    parameters = schemas.input_schema(made.parameters)
    answered = _answer(tool)
    metadata = StrictMetadata(
        tool=tool.name,
        context=made.context_kwarg,
        schema_=parameters,
        arg_model=made.fn_metadata.arg_model,
        output_model=answered,
        output_schema=None if answered is None else schemas.output_schema(answered),
    )
    parts = {name: getattr(made, name) for name in SdkTool.model_fields}
    parts |= {"fn_metadata": metadata, "parameters": parameters}
    return StrictTool.model_construct(None, **parts)


@contextmanager
def _unknown_arguments_forbidden() -> Generator[None]:
    """The argument models that the SDK makes meanwhile refuse what they do not know."""
    ArgModelBase.model_config["extra"] = "forbid"
    try:
        yield
    finally:
        del ArgModelBase.model_config["extra"]


def _answer(tool: Tool) -> type[Any] | None:
    """The TypedDict in `-> Annotated[CallToolResult, Written]`."""
    annotation = get_type_hints(tool.function, include_extras=True)["return"]
    _, *shapes = get_args(annotation) if get_origin(annotation) is Annotated else (annotation,)
    return shapes[0] if shapes else None


class StrictMetadata(FuncMetadata):
    tool: str
    context: str | None
    schema_: schemas.Schema

    def pre_parse_json(self, data: dict[str, Any]) -> dict[str, Any]:
        """Lists and objects that a host sent as text are read; text never is."""
        read = dict(data)
        fields = self.arg_model.model_fields
        for name, value in data.items():
            if not isinstance(value, str) or value[:1] not in ("[", "{") or name not in fields:
                continue
            if _container(fields[name].annotation):
                with suppress(ValueError, RecursionError):
                    read[name] = json.loads(value)
        return read

    def validate_arguments(self, arguments_to_validate: dict[str, Any]) -> dict[str, Any]:
        """The keyword arguments of the function.

        Raises:
            RuleError: what is wrong, as the caller reads it.
        """
        given = self.pre_parse_json(arguments_to_validate)
        fields = self.arg_model.model_fields
        for name, value in given.items():
            if name in fields:
                refuse_unstorable(value, name)
            else:
                refuse_unstorable(name, "arguments")
        given = {name: value for name, value in given.items() if not self._left_out(name, value)}
        try:
            model = self.arg_model.model_validate(given)
        except ValidationError as error:
            raise RuleError(explain(error, self.tool, self.schema_, given)) from None
        return dict(model.__dict__)

    def _left_out(self, name: str, value: Any) -> bool:
        """Hosts send null for what the model did not give, whether or not it has a default."""
        field = self.arg_model.model_fields.get(name)
        return value is None and field is not None and not field.is_required()

    async def call_fn(
        self,
        fn: Callable[..., Any],
        fn_is_async: bool,  # noqa: FBT001 (the SDK's signature)
        arguments: dict[str, Any],
        arguments_to_pass_directly: dict[str, Any] | None = None,
    ) -> Any:
        """In its turn; what the user is asked before holds up nobody."""
        run = partial(super().call_fn, fn, fn_is_async, arguments, arguments_to_pass_directly)
        context = (arguments_to_pass_directly or {}).get(self.context or "")
        if context is None:
            return await run()
        resources: Resources = context.request_context.lifespan_context
        async with resources.gate.turn():
            return await run()


class StrictTool(SdkTool):
    async def run(
        self,
        arguments: dict[str, Any],
        context: Context[Any, Any],
        convert_result: bool = False,  # noqa: FBT001, FBT002 (the SDK's signature)
    ) -> Any:
        started = perf_counter()
        outcome, op = "cancelled", None
        try:
            result = await super().run(arguments, context, convert_result)
            outcome, op = _outcome(result)
        except ToolError as wrapped:
            error = _readable(self.name, wrapped)
            outcome = _kind(wrapped)
            raise error from wrapped.__cause__
        except MCPError:
            outcome = "protocol error"
            raise
        else:
            return result
        finally:
            took = round((perf_counter() - started) * 1000, 1)
            log.info("tool.called", tool=self.name, outcome=outcome, op=op, duration_ms=took)


def _readable(name: str, wrapped: ToolError) -> ToolError:
    """The only place where our errors become what a model reads; a bug shows nothing of itself."""
    cause = wrapped.__cause__
    if isinstance(cause, TodoError):
        return ToolError(str(cause))
    if isinstance(cause, ToolError) and not isinstance(cause, UnexpectedToolError):
        return ToolError(str(cause))
    return UnexpectedToolError(
        f"{name} failed by a fault of the server, not of your arguments; the fault is logged. "
        "If the call was to write, repeat it with the same idempotency_key, or read before you "
        "write again."
    )


def _kind(wrapped: ToolError) -> str:
    cause = wrapped.__cause__
    if isinstance(cause, TodoError):
        return type(cause).__name__.removesuffix("Error").lower()
    crashed = isinstance(wrapped, UnexpectedToolError) and not isinstance(cause, ToolError)
    return "crashed" if crashed else "refused"


def _outcome(result: Any) -> tuple[str, str | None]:
    if isinstance(result, CallToolResult):
        data = cast("dict[str, Any]", result.structured_content or {})
        return "refused" if result.is_error else "ok", data.get("op")
    return "asked", None


def _container(annotation: Any) -> bool:
    """Whether only a list or an object fits, so that text can only be one in disguise."""
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        kinds = [kind for kind in get_args(annotation) if kind is not type(None)]
        return all(_container(kind) for kind in kinds)
    if origin is Annotated:
        return _container(get_args(annotation)[0])
    if origin is not None:
        return origin in (list, dict)
    return isinstance(annotation, type) and issubclass(annotation, list | dict | BaseModel)
