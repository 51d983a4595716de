"""Where settings come from, and what an operator reads when one is wrong."""

import argparse
from pathlib import Path

import pytest
from pydantic import ValidationError

from todo_mcp.errors import RuleError
from todo_mcp.settings import OPTIONS, Settings, add_options, defaults, describe, load, references


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    for option in OPTIONS:
        monkeypatch.delenv(option.variable, raising=False)


def test_nothing_has_to_be_set() -> None:
    settings = load()

    assert settings.database_url is None
    assert (settings.host, settings.port, settings.user) == ("127.0.0.1", 8321, "local")
    assert settings.data_dir.name == "todo-mcp"
    assert settings.waking == ("timer",)


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://db/todo")
    monkeypatch.setenv("TODO_MCP_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TODO_MCP_TIMEZONE", "Europe/Vienna")
    monkeypatch.setenv("TODO_MCP_READ_ONLY", "true")
    monkeypatch.setenv("TODO_MCP_BUS", "dapr")

    settings = load()

    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == "postgresql://db/todo"
    assert settings.data_dir == tmp_path
    assert settings.timezone == "Europe/Vienna"
    assert settings.read_only is True
    assert settings.waking == ("timer", "job", "cron")


def test_an_option_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODO_MCP_PORT", "9000")
    parser = argparse.ArgumentParser()
    add_options(parser)

    assert load(vars(parser.parse_args([]))).port == 9000
    assert load(vars(parser.parse_args(["--port", "9001"]))).port == 9001


def test_every_setting_is_an_option_of_the_same_name() -> None:
    parser = argparse.ArgumentParser()
    add_options(parser)
    listed = parser.format_help()

    for option in OPTIONS:
        assert option.flag in listed
        assert option.variable in listed
        assert option.meaning


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODO_MCP_PORT", "")

    assert load().port == 8321


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("TODO_MCP_PROT", "1", "TODO_MCP_PROT: unknown setting; did you mean TODO_MCP_PORT"),
        ("TODO_MCP_ZZZ", "1", "TODO_MCP_ZZZ: unknown setting. `todo-mcp settings` lists all."),
        ("TODO_MCP_PORT", "70000", "TODO_MCP_PORT: must be less than or equal to 65535."),
        ("TODO_MCP_PORT", "abc", "TODO_MCP_PORT: must be a valid integer"),
        ("TODO_MCP_BUS", "kafka", "TODO_MCP_BUS: must be 'local' or 'dapr'."),
        (
            "TODO_MCP_TIMEZONE",
            "Europe/Wien",
            "TODO_MCP_TIMEZONE: 'Europe/Wien' is no IANA zone; near",
        ),
        (
            "TODO_MCP_TOOLSETS",
            "agent",
            "TODO_MCP_TOOLSETS: must be 'agents', 'team', 'data' or 'admin'.",
        ),
        ("TODO_MCP_TOOLSETS", "agents, data", "TODO_MCP_TOOLSETS: this release has no toolsets"),
    ],
)
def test_a_wrong_setting_is_named_with_what_is_valid(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    monkeypatch.setenv(variable, value)

    with pytest.raises(RuleError) as caught:
        load()

    assert str(caught.value).startswith(said)
    assert "pydantic" not in str(caught.value)


def test_the_machines_own_zone_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", ":Asia/Tokyo")

    assert load().timezone == "Asia/Tokyo"


def test_a_password_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://todo:s3cret@db/todo")
    settings = load()

    assert "s3cret" not in f"{settings!r} {settings} {describe(settings)}"


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        load().port = 1  # pyright: ignore[reportAttributeAccessIssue]


def test_the_table_shows_every_setting_with_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODO_MCP_PORT", "9000")
    rows = describe(load()).splitlines()

    assert rows[0].split() == ["SETTING", "OPTION", "VALUE", "MEANING"]
    assert len(rows) == len(Settings.model_fields) + 1
    [port] = [row for row in rows if row.startswith("TODO_MCP_PORT")]
    assert port.split()[:3] == ["TODO_MCP_PORT", "--port", "9000"]


def test_any_setting_may_name_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "secret:vault:db:url")
    monkeypatch.setenv("TODO_MCP_PORT", "9000")

    assert references({"port": "secret:vault:port", "host": "127.0.0.1"}) == {
        "database_url": "secret:vault:db:url",
        "port": "secret:vault:port",
    }


@pytest.mark.parametrize("variable", ["DAPR_HTTP_PORT", "DAPR_GRPC_PORT", "DAPR_API_TOKEN"])
def test_how_a_sidecar_is_reached_cannot_be_its_secret(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "secret:vault:x")

    with pytest.raises(RuleError, match=f"^{variable}: cannot be a secret"):
        references({})


def test_the_value_of_a_secret_is_neither_shown_nor_quoted() -> None:
    # Red with a table that shows every value, and with the reason a value of any kind is refused for.
    shown = describe(load({"user": "hidden-name"}, secret=("user",)))
    with pytest.raises(RuleError) as caught:
        load({"timezone": "hidden-zone"}, secret=("timezone",))

    assert "hidden-name" not in shown
    assert str(caught.value) == "TODO_MCP_TIMEZONE: the secret's value does not fit."


def test_a_secret_that_is_not_read_yet_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TODO_MCP_PORT", "secret:vault:port")
    monkeypatch.setenv("DAPR_HTTP_PORT", "3501")

    assert load(defaults(references({}))).dapr_http_port == 3501
