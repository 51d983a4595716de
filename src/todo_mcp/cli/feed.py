"""`todo-mcp feed`: addresses that calendars subscribe to."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from todo_mcp.cli.calendars import working
from todo_mcp.errors import RuleError
from todo_mcp.settings import Settings

if TYPE_CHECKING:
    from todo_mcp.service.work import Work


async def run(settings: Settings, given: Mapping[str, object]) -> int:
    """`on` prints the secret address, this once; `off` revokes; `list` shows what is on."""
    name, number = given.get("list"), given.get("number")
    if number is not None and given["action"] != "off":
        raise RuleError("FEED: goes with off only; on makes a new feed, list shows all.")
    async with working(settings, "feed") as work:
        match given["action"]:
            case "on":
                await _on(work, settings, str(name) if name else None)
            case "off":
                await _off(work, number if isinstance(number, int) else None)
            case _:
                await _list(work)
    return 0


async def _on(work: "Work", settings: Settings, name: str | None) -> None:
    from todo_mcp.service.calendar.feeding import turn_on  # noqa: PLC0415 (imports SQL)

    number, token = await turn_on(work, name)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    print(f"feed {number}: http://{host}:{settings.port}/feed/{token}.ics")
    if public := next((name for name in settings.allowed_hosts if not name.endswith(":*")), None):
        print(f"behind your proxy: https://{public}/feed/{token}.ics")
    print("Whoever has this address reads the tasks; it is not shown again.")
    print(f"`todo-mcp serve` serves it; `todo-mcp feed off {number}` revokes it.")


async def _off(work: "Work", number: int | None) -> None:
    from todo_mcp.service.calendar.feeding import turn_off  # noqa: PLC0415 (imports SQL)

    gone = await turn_off(work, number)
    print(f"revoked: {', '.join(map(str, gone))}" if gone else "no feed was on")


async def _list(work: "Work") -> None:
    from todo_mcp.service.calendar.feeding import listed  # noqa: PLC0415 (imports SQL)

    found = await listed(work)
    for item in found:
        what = f"list {item['list']}" if item["list"] else "all open tasks"
        print(f"{item['id']}  {item['created_at']:%Y-%m-%d %H:%M}  {what}")
    if not found:
        print("no feed is on")
