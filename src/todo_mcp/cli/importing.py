"""`todo-mcp import`: tasks of an iCalendar file, again and again without doubles."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Final

from todo_mcp.cli.calendars import working
from todo_mcp.errors import LimitError, RuleError
from todo_mcp.settings import Settings

SHOWN: Final = 50
TOLD_EVERY: Final = 2_000  # to-dos: some seconds


def open_file(path: Path) -> BinaryIO:
    return path.open("rb")


async def run(settings: Settings, given: Mapping[str, object]) -> int:
    """Says what was done and what could not be taken over; 1 where a to-do was refused.

    Raises:
        TodoError: the file cannot be read as a whole; nothing is written.
    """
    from todo_mcp.service.calendar.importing import import_file  # noqa: PLC0415 (imports SQL)
    from todo_mcp.service.calendar.splitting import MAX_BYTES  # noqa: PLC0415 (likewise)

    path, name = Path(str(given["file"])), given.get("list")
    try:
        with open_file(path) as stream:
            if os.fstat(stream.fileno()).st_size > MAX_BYTES:
                raise LimitError(
                    f"file: larger than {MAX_BYTES // 1024**2} MiB. Split it and import the parts."
                )
            async with working(settings, "import", dry_run=bool(given["dry_run"])) as work:
                report = await import_file(work, stream, str(name) if name else None, _tell)
    except OSError as error:
        raise RuleError(
            f"file: cannot be read ({error.strerror}). Give the path of a file."
        ) from None
    would = "would be " if given["dry_run"] else ""
    print(
        f"{would}added {report.added}, {would}updated {report.updated}, unchanged {report.same}, "
        f"refused {report.refused}"
    )
    if report.lists:
        print(f"lists {would}made: {', '.join(report.lists)}")
    if report.operations:
        print(f"undo takes it back: {', '.join(reversed(report.operations))}")
    for note in report.notes[:SHOWN]:
        print(f"  {note}")
    if len(report.notes) > SHOWN:
        print(f"  … and {len(report.notes) - SHOWN} more of these")
    return 1 if report.refused else 0


def _tell(seen: int, of: int) -> None:
    """A line now and then, for files that take long enough to wonder."""
    if seen % TOLD_EVERY == 0 and of > TOLD_EVERY:
        print(f"{seen:,} of {of:,}", file=sys.stderr, flush=True)
