"""The whole schema: importing this module fills `metadata`."""

from todo_mcp.store import calendar_tables, log_tables, reminder_tables, space_tables, tables
from todo_mcp.store.columns import metadata

__all__ = [
    "calendar_tables",
    "log_tables",
    "metadata",
    "reminder_tables",
    "space_tables",
    "tables",
]
