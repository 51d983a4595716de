"""The statistics of a space, made anew from the log and kept up with it."""

from collections.abc import Sequence

from todo_mcp.domain.statistics import Image, Statistics, advance, count
from todo_mcp.store.database import Database
from todo_mcp.store.events import Entry
from todo_mcp.store.record import looking
from todo_mcp.store.statistics import Zoned, happened, head, latest


async def rebuild(database: Database, of: Zoned) -> Statistics:
    """The value as the log has it now."""
    async with looking(database) as record:
        position = await head(record)
        images: list[Image] = []
        value = Statistics(zone=of.zone, position=position)
        async for image in latest(record, of.space):
            images.append(image)
        return count(of.zone, position, images) if images else value


def keep_up(value: Statistics, entries: Sequence[Entry]) -> Statistics:
    """The value with these entries of its space in it, which follow the log's order without a gap."""
    return advance(value, [happened(entry) for entry in entries])
