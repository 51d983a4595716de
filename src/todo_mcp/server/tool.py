"""How a function becomes an MCP tool."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from mcp.types import ToolAnnotations

ToolFunction = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Tool:
    function: ToolFunction
    title: str
    annotations: ToolAnnotations

    @property
    def name(self) -> str:
        return self.function.__name__


def tool(
    title: str, *, read: bool = False, destructive: bool = False, idempotent: bool = False
) -> Callable[[ToolFunction], Tool]:
    """Declare an MCP tool: the docstring is what the model reads, the parameters its arguments.

    The parameter annotated `ToolContext` is filled by the server and is no argument.
    """
    annotations = ToolAnnotations(
        read_only_hint=read,
        destructive_hint=destructive,
        idempotent_hint=read or idempotent,
        open_world_hint=False,
    )
    return lambda function: Tool(function, title, annotations)
