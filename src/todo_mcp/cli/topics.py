"""`todo-mcp topics ensure`: the topics in Kafka, made or compared."""

from collections.abc import Mapping
from typing import cast

from todo_mcp.settings import Settings


async def run(settings: Settings, given: Mapping[str, object]) -> int:
    """One line a topic; 1 where one is there and not as wanted."""
    from todo_mcp.messaging import kafka, topics  # noqa: PLC0415 (the Kafka client, only where used)

    number = cast("Mapping[str, int]", given)
    found = await topics.ensure(
        kafka.connection(settings),
        topics.wanted(
            partitions=number["partitions"],
            retention_days=number["retention_days"],
            dead_retention_days=number["dead_retention_days"],
        ),
        copies=number["copies"],
    )
    for one in found:
        told = "; ".join(one.differs) or ("made" if one.made else "as wanted")
        print(f"{one.topic.name}: {told}")
    if differing := [one.topic.name for one in found if one.differs]:
        print(
            f"Left as they are: {', '.join(differing)}. More partitions break the order of a task's "
            "events while old ones are read; change them with Kafka's own tools once you have decided."
        )
    return 1 if differing else 0
