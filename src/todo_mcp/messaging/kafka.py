"""How Kafka itself is reached, by the commands that look at topics; events go through Dapr."""

from pathlib import Path
from typing import Any, Final

from todo_mcp.errors import RuleError
from todo_mcp.settings import Settings

EVENTS: Final = "todo.events"
DEAD: Final = "todo.events.dead"
# What became of dead letters: a topic keeps what it has.
SETTLED: Final = "todo.events.dead.settled"
SECONDS: Final = 10.0


def connection(settings: Settings) -> dict[str, Any]:
    """The client's configuration.

    Raises:
        RuleError: no broker is named, or a user without a password.
    """
    if settings.kafka_brokers is None:
        raise RuleError("KAFKA_BROKERS: not set. Name the brokers, e.g. 127.0.0.1:9092.")
    found: dict[str, Any] = {
        "bootstrap.servers": settings.kafka_brokers,
        "client.id": "todo-mcp",
        # A broker that is down is told of once, by us.
        "log_level": 0,
    }
    if settings.kafka_username is None:
        return found | _trust("ssl", settings.kafka_ca)
    if settings.kafka_password is None:
        raise RuleError("TODO_MCP_KAFKA_PASSWORD: not set, though TODO_MCP_KAFKA_USERNAME is.")
    return {
        **found,
        **_trust("sasl_ssl", settings.kafka_ca),
        "security.protocol": "sasl_ssl",
        "sasl.mechanism": settings.kafka_mechanism,
        "sasl.username": settings.kafka_username,
        "sasl.password": settings.kafka_password.get_secret_value(),
    }


def _trust(protocol: str, authority: Path | None) -> dict[str, Any]:
    if authority is None:
        return {}
    return {"security.protocol": protocol, "ssl.ca.location": str(authority)}
