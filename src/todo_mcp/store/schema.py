"""The whole schema: importing this module fills `metadata`."""

from todo_mcp.store import log_tables, tables
from todo_mcp.store.columns import metadata

__all__ = ["log_tables", "metadata", "tables"]
