"""Channels and a user's settings, from a terminal."""

import pytest

from tests.cli.commands import todo_mcp
from tests.worker.receiving import receiver
from tests.worker.telling import code_in


async def test_a_channel_is_added_confirmed_tested_rotated_and_removed(emptied: str) -> None:
    key = (await todo_mcp("channels", "key")).out.strip()
    given = {
        "DATABASE_URL": emptied,
        "TODO_MCP_CHANNEL_KEYS": key,
        "TODO_MCP_CHANNEL_SCHEMES": "http",
        "TODO_MCP_CHANNEL_NETWORKS": "127.0.0.0/8",
    }
    async with receiver() as other:

        async def run(*words: str, code: int = 0) -> str:
            said = await todo_mcp("channels", *words, **given)
            assert said.code == code, said.err
            return said.out if code == 0 else said.err

        told = await run("add", "phone", f"{other.url}/phone")
        assert "whsec_" in told
        assert "waits for its code" in await run("list")
        code = code_in(other.posts.items[-1].body)
        assert "is not what was sent" in await run("confirm", "phone", "12", code=1)
        assert "confirmed" in await run("confirm", "phone", code)
        assert await run("test", "phone") == "sent\n"
        assert len(other.posts.items) == 2
        secret = (await run("rotate", "phone")).split()[3].rstrip(";")
        assert secret in await run("rotate", "phone", "--finish")
        assert "phone  webhook  confirmed" in await run("list")
        assert await run("rekey") == "1 sealed with the newest key\n"
        assert await run("remove", "phone") == "removed\n"
        assert "you have none" in await run("test", "phone", code=1)
        assert "takes NAME URL|CODE" in await run("add", "phone", code=1)


async def test_a_channel_inside_is_refused_unless_the_operator_lets_it(emptied: str) -> None:
    key = (await todo_mcp("channels", "key")).out.strip()
    given = {"DATABASE_URL": emptied, "TODO_MCP_CHANNEL_KEYS": key}
    for url, told in (
        ("http://example.com/x", "its scheme is not allowed"),
        ("https://127.0.0.1:1/x", "address not allowed"),
        ("https://169.254.169.254/latest/meta-data", "address not allowed"),
    ):
        said = await todo_mcp("channels", "add", "phone", url, **given)
        assert said.code == 1
        assert told in said.err


async def test_a_users_settings_are_shown_and_changed(emptied: str) -> None:
    given = {"DATABASE_URL": emptied, "TODO_MCP_TIMEZONE": "Europe/Vienna"}
    said = await todo_mcp(
        "user",
        "quiet_hours=22:00-07:00",
        "default_reminders=-30m, a day before at 9am",
        "day_start=8:30",
        "channels=none",
        **given,
    )
    assert said.out.splitlines() == [
        "zone=Europe/Vienna",
        "day_start=08:30",
        "quiet_hours=22:00-07:00",
        "default_reminders=-30m,-1d 09:00",
        "channels=none",
    ]
    said = await todo_mcp("user", "quiet_hours=none", "channels=all", "zone=asia/tokyo", **given)
    assert "zone=Asia/Tokyo\n" in said.out
    assert "quiet_hours=none\n" in said.out
    assert "default_reminders=-30m,-1d 09:00\n" in said.out


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("quiet_hours=late", "Use e.g. 22:00-07:00"),
        ("quiet_hours=22:00-22:00", "are the same"),
        ("default_reminders=tomorrow", "must count back from the due"),
        ("channels=phone", "none is confirmed"),
        ("zone=Vienna", "not a time zone"),
        ("colour=red", "no setting"),
    ],
)
async def test_a_setting_that_does_not_fit_is_refused(emptied: str, change: str, told: str) -> None:
    said = await todo_mcp("user", change, DATABASE_URL=emptied)
    assert said.code == 1
    assert told in said.err
