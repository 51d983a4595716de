"""`todo-mcp export`: the tasks of a user on standard output, as iCalendar or JSON lines."""

import sys
from collections.abc import Mapping

from todo_mcp.cli.calendars import working
from todo_mcp.settings import Settings


async def run(settings: Settings, given: Mapping[str, object]) -> int:
    """Written as it is read; a reader that goes away ends it. What the file cannot say is told."""
    from todo_mcp.service.calendar.exporting import Export  # noqa: PLC0415 (imports SQL)

    async with working(settings, "export") as work:
        name = given.get("list")
        export = await Export.of(
            work, status=str(given["status"]), list_name=str(name) if name else None
        )
        parts = export.ics() if given["format"] == "ics" else export.json()
        try:
            async for part in parts:
                sys.stdout.buffer.write(part)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            sys.stderr.close()
            return 1
    if export.detached:
        print(
            f"todo-mcp: {export.detached} closed occurrences are to-dos of their own in the file, which "
            "does not say of which series they were; --format json does.",
            file=sys.stderr,
        )
    return 0
