"""Calls a second at 16 clients of one process, beside pgbench running the same commit."""

import asyncio
import os
import re
from asyncio.subprocess import PIPE
from dataclasses import dataclass, replace
from itertools import repeat
from pathlib import Path
from statistics import median
from typing import Final

from tools.bench.calls import USUAL
from tools.bench.commit import documents, place_of
from tools.bench.figures import Figure
from tools.bench.load import Batch
from tools.bench.processes import Load, load, todo_server
from tools.bench.stage import Stage, settle

from todo_mcp.service.home import open_home
from todo_mcp.store.commit import statement
from todo_mcp.store.embedded import binaries

CLIENTS: Final = 16
ROUNDS: Final = 5
SECONDS: Final = 2
CALLS: Final = 800
# A number of twelve digits that pgbench replaces; it may be the end of a UUID.
NUMBER: Final = 100_000_000_000
SETTINGS: Final = (
    "-c role=todo_app -c timezone=UTC -c app.space_id={space} -c enable_seqscan=off "
    "-c enable_hashjoin=off -c enable_mergejoin=off -c plan_cache_mode=force_generic_plan"
)
SCRIPT: Final = r"""
\set n :n + 1
\set id {number} + :client_id * 1000000000 + :run * 10000000 + :n
\if :n = 1
PREPARE put (bigint, jsonb, jsonb) AS {statement};
\endif
EXECUTE put ({space}, '{expect}', '{rows}');
"""


@dataclass(frozen=True, slots=True)
class Bench:
    """pgbench with one script on one database."""

    url: str
    script: Path
    space: int

    async def run(self, number: int) -> float:
        """Transactions a second."""
        program = binaries.folder() / "pgbench"
        environment = os.environ | {"PGOPTIONS": SETTINGS.format(space=self.space)}  # noqa: TID251 (of a child)
        made = await asyncio.create_subprocess_exec(
            str(program), "-n", "-c", str(CLIENTS), "-j", "2", "-T", str(SECONDS), "-D", "n=0",
            "-D", f"run={number}", "-f", str(self.script), self.url,
            stdout=PIPE, stderr=PIPE, env=environment,
        )  # fmt: skip
        out, err = await made.communicate()
        found = re.search(r"tps = ([0-9.]+)", out.decode())
        if found is None or b"number of failed transactions: 0 " not in out:
            raise RuntimeError(f"pgbench failed: {out.decode()}{err.decode()}")
        return float(found[1])


async def prepared(url: str, folder: Path) -> Bench:
    """The commit of an add_task, with numbers that pgbench makes."""
    home = await open_home(url, user="local", zone="Europe/Vienna", space=None)
    place = replace(await place_of(home), numbers=repeat(NUMBER))
    await home.database.close()
    expect, rows = documents(place, reminder=False)
    rows = re.sub(
        r'"id": "[0-9a-f-]{24}[0-9a-f]{12}"', f'"id": "01930000-0000-7000-8000-{NUMBER}"', rows
    )
    rows = rows.replace(f"milk {NUMBER}", "milk").replace(str(NUMBER), ":id").replace("'", "''")
    written = frozenset({"tasks", "operations", "events", "words"})
    text = SCRIPT.format(
        number=NUMBER, statement=statement(frozenset[str](), written), space=place.space,
        expect=expect, rows=rows,
    )  # fmt: skip
    script = folder / "commit.sql"
    script.write_text(text)
    return Bench(url, script, place.space)


async def rate(client: Load, port: int) -> float:
    batch = Batch(port, "add_task", USUAL, CLIENTS, CALLS)
    return CALLS / (await client.run(batch)).seconds


async def measure(stage: Stage) -> list[Figure]:
    url = await stage.database("throughput")
    bench = await prepared(url, stage.folder)
    found: dict[str, list[float]] = {"pgbench": [], "ours": [], "json": []}
    async with (
        todo_server(url, stage.folder) as todo,
        todo_server(url, stage.folder, module="tools.bench.json_mode") as plain,
        load(stage.folder) as client,
    ):
        for number in range(ROUNDS + 1):  # the first round warms up
            if number == 1:
                await settle(url)
            found["pgbench"].append(await bench.run(number))
            found["ours"].append(await rate(client, todo.port))
            found["json"].append(await rate(client, plain.port))
    base, ours, plain_rate = (median(values[1:]) for values in found.values())
    return [
        Figure.at_least(
            "calls/s at 16 clients / pgbench with the same commit", 0.25, ours / base, "×"
        ),
        Figure.told("… answering JSON only", plain_rate / base, "×"),
        Figure.told("… calls", ours, "/s"),
        Figure.told("… pgbench", base, "/s"),
    ]
