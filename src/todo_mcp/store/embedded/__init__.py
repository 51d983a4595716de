"""A PostgreSQL server of the user's own, from the binaries of a wheel."""

from todo_mcp.store.embedded.running import IDLE_SECONDS, Embedded, start, stop

__all__ = ["IDLE_SECONDS", "Embedded", "start", "stop"]
