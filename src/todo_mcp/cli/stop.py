"""`todo-mcp stop`: end the embedded PostgreSQL now, to copy its folder for instance."""

from collections.abc import Mapping

from todo_mcp.errors import RuleError
from todo_mcp.settings import Settings


async def run(settings: Settings, _: Mapping[str, object]) -> int:
    """Servers that use it answer that the database is gone, until they are started again.

    Raises:
        RuleError: DATABASE_URL names a server that is not ours to stop.
    """
    if settings.database_url is not None:
        raise RuleError(
            "DATABASE_URL: this stops the embedded PostgreSQL only; stop yours yourself."
        )
    from todo_mcp.store import embedded  # noqa: PLC0415 (only where used)

    await embedded.stop(settings.data_dir)
    print(f"nothing runs on {settings.data_dir}; copy it as it is")
    return 0
