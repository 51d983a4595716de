"""Settings that name a secret instead of holding it, read through a real sidecar.

Red with a message that does not name the setting.
"""

import json
from pathlib import Path

from tools.stack import Stack


async def said(up: Stack, *arguments: str, **given: str) -> tuple[int, str]:
    """A command beside the server's sidecar, in its environment."""
    before = dict(up.environment)
    up.environment |= {**up["server"].environment, **given}
    try:
        return await up.command(*arguments)
    finally:
        up.environment.clear()
        up.environment |= before


async def test_a_setting_is_read_from_the_store_and_shown_nowhere(up: Stack) -> None:
    # What it says of dead letters is of other tests: the stack is theirs, too.
    _, out = await said(up, "doctor", DATABASE_URL="secret:todo-secrets:state-url")
    assert "ok        database: PostgreSQL" in out, out
    url = json.loads(Path(up.environment["TODO_SECRETS_FILE"]).read_text())["state-url"]  # noqa: ASYNC240 (a few bytes)
    code, out = await said(up, "settings", TODO_MCP_USER="secret:todo-secrets:state-url")
    assert code == 0, out
    assert url not in out


async def test_a_missing_secret_stops_the_start_with_the_settings_name(up: Stack) -> None:
    code, out = await said(up, "serve", DATABASE_URL="secret:todo-secrets:nothing")
    assert code == 1
    assert "DATABASE_URL: the secret store 'todo-secrets' has no secret 'nothing'" in out


async def test_a_secret_that_does_not_fit_is_not_quoted(up: Stack) -> None:
    code, out = await said(up, "serve", TODO_MCP_TIMEZONE="secret:todo-secrets:state-url")
    assert code == 1
    assert out.endswith("todo-mcp: TODO_MCP_TIMEZONE: the secret's value does not fit.\n")
    assert "postgres" not in out


async def test_how_the_sidecar_is_reached_cannot_be_a_secret_of_it(up: Stack) -> None:
    code, out = await said(up, "settings", DAPR_API_TOKEN="secret:todo-secrets:token")
    assert code == 1
    assert "DAPR_API_TOKEN: cannot be a secret of the sidecar" in out
