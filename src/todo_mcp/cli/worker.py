"""`todo-mcp worker`: handlers and timers, beside servers that run without them."""

import asyncio
from collections.abc import Mapping

from todo_mcp.cli.garbage import spare_collections
from todo_mcp.cli.home import keep_home
from todo_mcp.cli.roles import background
from todo_mcp.errors import RuleError
from todo_mcp.server.serving import listen, serve_app
from todo_mcp.server.stopping import until_told
from todo_mcp.settings import Settings


async def run(settings: Settings, _: Mapping[str, object]) -> int:
    """Work until told to stop. Several may run: one is active, the others stand by.

    Under dapr all of them handle events, each beside a sidecar of its own.
    """
    if settings.bus == "dapr":
        return await _behind_sidecar(settings)
    roles = background(settings, relay=True, worker=True)
    with until_told() as stop:
        await keep_home(settings, stop, lambda _: spare_collections(), lambda _: None, roles)
    return 0


async def _behind_sidecar(settings: Settings) -> int:
    """Answer the sidecar at once, "not well" as long as the database is not there.

    Raises:
        RuleError: no token to know the sidecar by.
        UnavailableError: the port is taken.
    """
    from todo_mcp.cli.behind import working  # noqa: PLC0415 (only under dapr)
    from todo_mcp.worker.app import Face  # noqa: PLC0415 (only under dapr)

    if settings.app_api_token is None:
        raise RuleError(
            "APP_API_TOKEN: a worker under dapr answers only calls that carry this token. Set one, "
            "the same for the worker and its sidecar."
        )
    waking = settings.waking
    face = Face(settings.app_api_token.get_secret_value(), "cron" in waking, "job" in waking)
    listener = listen(settings.host, settings.port, guarded=True)
    # Calls under way are answered first; they need the database.
    answered = asyncio.Event()
    work = working(settings, face)
    with until_told() as stop:
        async with asyncio.TaskGroup() as group:
            keeping = keep_home(
                settings, answered, lambda _: spare_collections(), lambda _: None, work
            )
            group.create_task(keeping)
            try:
                await serve_app(face.app(), listener, stop)
            finally:
                answered.set()
    return 0
