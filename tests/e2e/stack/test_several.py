"""Two servers and two workers, each beside its sidecar: they share the work, and one may go."""

from pathlib import Path

import pytest
from tools.stack import Plan, stack

from tests.e2e.stack import checking
from tests.e2e.stack.workload import working
from tests.signals import eventually
from todo_mcp.store.database import Database

CALLS = 10
TOLD = {"TODO_MCP_LOG_LEVEL": "debug"}


@pytest.mark.full
async def test_two_servers_and_two_workers_lose_and_double_nothing_when_one_of_each_goes(
    tmp_path: Path,
) -> None:
    async with stack(tmp_path / "s", Plan(servers=2, workers=2, callers=(), settings=TOLD)) as up:
        database = Database(up.database.url)
        try:
            async with working(up) as answered:

                async def more() -> None:
                    aim = len(answered.completed) + CALLS

                    async def reached() -> bool:
                        return len(answered.completed) >= aim

                    await eventually(reached, 60)

                for name in ("worker2", "worker2-dapr", "server2", "server2-dapr"):
                    await more()
                    up[name].kill()
                await more()
                # Back again: the partitions are shared out once more.
                for name in ("worker2-dapr", "worker2"):
                    await up[name].start()
                await more()
            await checking.all_is_well(up, database)
        finally:
            await database.close()
