"""All settings, read from the environment."""

import argparse
import os
import zoneinfo
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, Literal, cast, get_args, get_origin

from pydantic import (
    BeforeValidator,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from todo_mcp import machine
from todo_mcp.errors import RuleError, quoted

PREFIX: Final = "TODO_MCP_"
SECRET: Final = "secret:"  # noqa: S105 (what names one)
_REACHES_SIDECAR: Final = frozenset({"dapr_http_port", "dapr_grpc_port", "dapr_api_token"})


def _split(value: Any) -> Any:
    """`a, b` as people write lists in an environment."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
Toolset = Literal["agents", "team", "data", "admin"]
Wakeup = Literal["timer", "job", "cron"]


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=PREFIX, env_ignore_empty=True, populate_by_name=True
    )
    _hidden: frozenset[str] = PrivateAttr(frozenset())

    database_url: SecretStr | None = Field(
        None,
        validation_alias="DATABASE_URL",
        description="PostgreSQL 15 to 18, direct or session-pooled; without it an embedded one runs",
    )
    migrate_database_url: SecretStr | None = Field(
        None,
        validation_alias="MIGRATE_DATABASE_URL",
        description="another login for migrations; DATABASE_URL where not given",
    )
    data_dir: Path = Field(
        default_factory=machine.data_dir, description="where the embedded PostgreSQL keeps its data"
    )
    timezone: str = Field(
        default_factory=machine.zone, description="IANA zone of a new user, e.g. Europe/Vienna"
    )
    user: str = Field("local", min_length=1, max_length=200, description="who calls are made as")
    space: str | None = Field(None, description="work in this space instead of the personal one")
    host: str = Field("127.0.0.1", description="address of `todo-mcp serve`")
    port: int = Field(
        8321, ge=0, le=65535, description="port of `todo-mcp serve`; 0 takes a free one"
    )
    allowed_hosts: Names = Field((), description="further Host values that are served, by commas")
    allowed_origins: Names = Field((), description="further Origin values of browsers, by commas")
    bus: Literal["local", "dapr"] = Field("local", description="how events travel")
    kafka_brokers: str | None = Field(
        None,
        validation_alias="KAFKA_BROKERS",
        description="Kafka's addresses, for topics and dead-letters; events go through Dapr",
    )
    kafka_username: str | None = Field(None, description="user of Kafka, by SASL over TLS")
    kafka_password: SecretStr | None = Field(None, description="that user's password")
    kafka_mechanism: Literal["SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN"] = Field(
        "SCRAM-SHA-256", description="how the password is proven"
    )
    kafka_ca: Path | None = Field(
        None, description="certificates to trust for Kafka instead of the system's"
    )
    wakeups: Annotated[tuple[Wakeup, ...], NoDecode, BeforeValidator(_split)] = Field(
        (),
        description="what wakes the timer, by commas: timer, job, cron; if not set timer, under dapr all",
    )
    dapr_http_port: int = Field(
        3500, validation_alias="DAPR_HTTP_PORT", ge=1, le=65535, description="HTTP of the sidecar"
    )
    dapr_grpc_port: int = Field(
        50001, validation_alias="DAPR_GRPC_PORT", ge=1, le=65535, description="gRPC of the sidecar"
    )
    dapr_api_token: SecretStr | None = Field(
        None, validation_alias="DAPR_API_TOKEN", description="what the sidecar wants to be shown"
    )
    app_api_token: SecretStr | None = Field(
        None,
        validation_alias="APP_API_TOKEN",
        description="what the sidecar shows; a worker under dapr answers nobody else",
    )
    toolsets: Annotated[tuple[Toolset, ...], NoDecode, BeforeValidator(_split)] = Field(
        (), description="further tools; this release has none beside its own"
    )
    channel_keys: SecretStr | None = Field(
        None, description="keys that seal the targets of channels, newest first, by commas"
    )
    channel_schemes: Names = Field(
        ("https", "mailtos", "ntfys", "slack", "discord", "tgram", "workflows", "gchat", "pover"),
        description="kinds of URL a channel may have: https for webhooks, those of Apprise",
    )
    channel_hosts: Names = Field(
        (), description="hosts a channel may lead to, e.g. *.example.com; any public one if not set"
    )
    channel_networks: Names = Field(
        (),
        description="networks a channel may lead to though they are not public, e.g. 10.1.0.0/16",
    )
    channel_bindings: Names = Field(
        (),
        description="Dapr output bindings a channel dapr:<binding> may lead to, e.g. todo-webhook",
    )
    read_only: bool = Field(default=False, description="offer only the tools that read")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="the least level that is logged"
    )

    @field_validator("toolsets")
    @classmethod
    def _none_yet(cls, names: tuple[Toolset, ...]) -> tuple[Toolset, ...]:
        if names:
            raise ValueError("this release has no toolsets beside its own tools; leave it out.")
        return names

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if machine.is_zone(name):
            return name
        near = get_close_matches(name, zoneinfo.available_timezones(), 3, 0.5)
        raise ValueError(
            f"{quoted(name)} is no IANA zone; near ones are {', '.join(near) or 'none'}."
        )

    def hide(self, fields: Collection[str]) -> None:
        """What these hold is a secret, whatever their kind."""
        self._hidden = frozenset(fields)

    def hides(self, field: str) -> bool:
        return field in self._hidden

    @property
    def sealing_keys(self) -> tuple[str, ...]:
        whole = self.channel_keys.get_secret_value() if self.channel_keys else ""
        return tuple(part.strip() for part in whole.split(",") if part.strip())

    @property
    def waking(self) -> tuple[Wakeup, ...]:
        if self.wakeups:
            return self.wakeups
        return ("timer", "job", "cron") if self.bus == "dapr" else ("timer",)


@dataclass(frozen=True, slots=True)
class Option:
    """One setting as an operator sees it."""

    field: str
    variable: str
    flag: str
    meaning: str


def _option(name: str) -> Option:
    info = Settings.model_fields[name]
    variable = cast("str", info.validation_alias or f"{PREFIX}{name.upper()}")
    values = get_args(info.annotation) if get_origin(info.annotation) is Literal else ()
    choices = f": {', '.join(values)}" if values else ""
    meaning = f"{info.description}{choices}"
    return Option(name, variable, f"--{name.replace('_', '-')}", meaning)


OPTIONS: Final = tuple(_option(name) for name in Settings.model_fields)


def add_options(parser: argparse.ArgumentParser, *, shown: bool = True) -> None:
    """Every setting as `--option`; what is not given stays out of the parsed arguments."""
    group = parser
    if shown:
        group = parser.add_argument_group("settings", "each also an environment variable")
    for option in OPTIONS:
        told = f"{option.meaning} ({option.variable})".replace("%", "%%")
        group.add_argument(
            option.flag,
            dest=option.field,
            default=argparse.SUPPRESS,
            metavar="VALUE",
            help=told if shown else argparse.SUPPRESS,
        )


def references(given: Mapping[str, object]) -> dict[str, str]:
    """By field, what names a secret instead of being a value: `secret:<store>:<name>[:<key>]`.

    Raises:
        RuleError: where the sidecar has to be reached first.
    """
    found: dict[str, str] = {}
    for option in OPTIONS:
        value = given.get(option.field, os.environ.get(option.variable))  # noqa: TID251 (the one reader)
        if not isinstance(value, str) or not value.startswith(SECRET):
            continue
        if option.field in _REACHES_SIDECAR:
            raise RuleError(
                f"{option.variable}: cannot be a secret of the sidecar, which is reached by it. "
                "Set the value itself."
            )
        found[option.field] = value
    return found


def defaults(fields: Collection[str]) -> dict[str, object]:
    """What these settings are where nothing is given."""
    every = Settings.model_fields
    return {name: every[name].get_default(call_default_factory=True) for name in fields}


def variable(field: str) -> str:
    """What the setting of this field is called in the environment."""
    return next(option.variable for option in OPTIONS if option.field == field)


def load(given: Mapping[str, object] | None = None, *, secret: Collection[str] = ()) -> Settings:
    """The settings from the environment, and over it those `given` (by field name).

    The values of the fields in `secret` are shown nowhere.

    Raises:
        RuleError: a value that does not fit, or a TODO_MCP_ variable that is none of ours.
    """
    _refuse_unknown_variables()
    fields = Settings.model_fields.keys()
    chosen = {name: value for name, value in (given or {}).items() if name in fields}
    try:
        made = Settings(**cast("dict[str, Any]", chosen))
    except ValidationError as error:
        raise RuleError(" ".join(_sentences(error, secret))) from None
    made.hide(secret)
    return made


def _refuse_unknown_variables() -> None:
    known = [option.variable for option in OPTIONS]
    for name in os.environ:  # noqa: TID251 (the one reader)
        if name.startswith(PREFIX) and name not in known:
            # compared without the prefix, which would make all of them alike
            near = get_close_matches(
                name.removeprefix(PREFIX), [option.field.upper() for option in OPTIONS], 2
            )
            hint = f"; did you mean {' or '.join(PREFIX + end for end in near)}?" if near else "."
            raise RuleError(f"{name}: unknown setting{hint} `todo-mcp settings` lists all.")


def _sentences(error: ValidationError, secret: Collection[str]) -> list[str]:
    variables = {option.field: option.variable for option in OPTIONS}
    names = {option.variable: option.field for option in OPTIONS}
    sentences: list[str] = []
    for detail in error.errors(include_url=False, include_input=False):
        name = str(detail["loc"][0])
        text = detail["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
        if name in secret or names.get(name) in secret:
            text = "the secret's value does not fit"
        sentences.append(f"{variables.get(name, name)}: {text.rstrip('.')}.")
    return sentences


def describe(settings: Settings) -> str:
    """The table that `todo-mcp settings` prints; secrets are only said to be set."""
    rows = [("SETTING", "OPTION", "VALUE", "MEANING")]
    rows += [
        (option.variable, option.flag, _shown(settings, option.field), option.meaning)
        for option in OPTIONS
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join(
        "  ".join([*(row[column].ljust(widths[column]) for column in range(3)), row[3]])
        for row in rows
    )


def _shown(settings: Settings, field: str) -> str:
    value = getattr(settings, field)
    if isinstance(value, SecretStr) or settings.hides(field):
        return "(set)"
    if isinstance(value, tuple):
        return ",".join(cast("tuple[str, ...]", value)) or "-"
    return "-" if value is None else str(value)
