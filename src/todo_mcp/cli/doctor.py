"""`todo-mcp doctor`: look at everything an operator would, and say what to do."""

from collections.abc import Mapping

from todo_mcp.cli.home import database_url
from todo_mcp.clock import utc_now
from todo_mcp.settings import Settings


async def run(settings: Settings, _: Mapping[str, object]) -> int:
    """One line a check; 1 where something is not well."""
    from todo_mcp.store import health  # noqa: PLC0415 (imports SQL)

    place = "DATABASE_URL" if settings.database_url else f"embedded in {settings.data_dir}"
    print(f"looking at the database {place}")
    async with database_url(settings) as url:
        findings = await health.examine(url, settings.bus, utc_now)
    for finding in findings:
        print(f"{'ok' if finding.well else 'NOT WELL':8}  {finding.name}: {finding.told}")
        if not finding.well:
            print(f"          → {finding.advice}")
    return 0 if all(finding.well for finding in findings) else 1
