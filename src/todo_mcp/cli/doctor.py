"""`todo-mcp doctor`: look at everything an operator would, and say what to do."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from todo_mcp.cli.home import database_url
from todo_mcp.clock import utc_now
from todo_mcp.errors import UnavailableError
from todo_mcp.settings import Settings

if TYPE_CHECKING:
    from todo_mcp.store.health import Finding


async def run(settings: Settings, _: Mapping[str, object]) -> int:
    """One line a check; 1 where something is not well."""
    from todo_mcp.store import health  # noqa: PLC0415 (imports SQL)

    place = "DATABASE_URL" if settings.database_url else f"embedded in {settings.data_dir}"
    print(f"looking at the database {place}")
    async with database_url(settings) as url:
        findings = await health.examine(url, settings.bus, utc_now)
    if settings.bus == "dapr" and settings.kafka_brokers is not None:
        findings.append(await _given_up(settings))
    for finding in findings:
        print(f"{'ok' if finding.well else 'NOT WELL':8}  {finding.name}: {finding.told}")
        if not finding.well:
            print(f"          → {finding.advice}")
    return 0 if all(finding.well for finding in findings) else 1


async def _given_up(settings: Settings) -> "Finding":
    """The letters in the topic, past the sidecar."""
    from todo_mcp.messaging.dead_topic import TopicLetters  # noqa: PLC0415 (only under dapr)
    from todo_mcp.messaging.kafka import connection  # noqa: PLC0415 (only under dapr)
    from todo_mcp.store.health import Finding  # noqa: PLC0415 (imports SQL)

    name = "dead letters in Kafka"
    try:
        count = len(await TopicLetters(connection(settings)).read())
    except UnavailableError as error:
        return Finding(name, well=False, told="cannot be told", advice=str(error))
    return Finding(
        name,
        not count,
        str(count or "none"),
        "Handlers gave up: see `todo-mcp dead-letters list`; replay them once the cause is gone.",
    )
