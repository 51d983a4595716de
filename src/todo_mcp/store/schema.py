"""The whole schema: importing this module fills `metadata`."""

from todo_mcp.store import calendar_tables, log_tables, tables
from todo_mcp.store.columns import metadata

__all__ = ["calendar_tables", "log_tables", "metadata", "tables"]
