"""Every tool the server offers, in the order a client sees them.

To add a tool, decorate a function in one of the modules named here; nothing else lists tools.
"""

from types import ModuleType
from typing import Final

from todo_mcp.server.tool import Tool
from todo_mcp.server.tools import destructive, preview, reads, reminders, reschedule, writes

MODULES: Final[tuple[ModuleType, ...]] = (
    reads,
    preview,
    writes,
    reschedule,
    reminders,
    destructive,
)

TOOLS: Final = tuple(
    value for module in MODULES for value in vars(module).values() if isinstance(value, Tool)
)
