"""The commands that read the whole log, on a million events: verify, restore and retain."""

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path
from time import perf_counter
from typing import Final

import asyncpg
from tools.bench.figures import Figure
from tools.bench.search_data import ALL_TAGS, Layout, fill
from tools.bench.stage import Stage, settle

from todo_mcp.domain import text as texts
from todo_mcp.domain.spelling import keys

TASKS: Final = 166_667
VERSIONS: Final = 9  # at most; from 3 on, 6 on the average
MINUTES: Final = 2
MEMORY_MIB: Final = 256
LOOK_SECONDS: Final = 0.1
_AS_OWNER: Final = "SET session_replication_role = replica; SET synchronous_commit = off"
_VERSIONS: Final = "UPDATE tasks SET version = 3 + id % 7"
_LISTS: Final = """
INSERT INTO events (space_id, generation, id, kind, subject_id, version, type, after)
SELECT space_id, 1, gen_random_uuid(), 'list', id, 1, 'todo.list.created.v1',
  jsonb_strip_nulls(to_jsonb(l) - 'space_id')
FROM lists l WHERE NOT inbox
"""
_WORD: Final = "INSERT INTO words VALUES (1, $1, $2) ON CONFLICT DO NOTHING"
# Drafts, until the last event makes the task what it is; in the log they lie between those of others.
_EVENTS: Final = """
INSERT INTO events (space_id, generation, id, kind, subject_id, version, task_id, type, before,
  after, op, created_at)
SELECT space_id, 1, gen_random_uuid(), 'task', id, $1::int, id,
  CASE WHEN $1::int = 1 THEN 'todo.task.created.v1' ELSE 'todo.task.updated.v1' END,
  CASE WHEN $1::int = 1 THEN NULL
    WHEN $1::int < version
      THEN jsonb_build_object('version', $1::int - 1, 'estimate_seconds', 600 * ($1::int - 1))
    ELSE draft || jsonb_build_object('version', $1::int - 1, 'estimate_seconds', 600 * ($1::int - 1),
      'completed_at', null, 'deleted_at', null) END,
  CASE WHEN $1::int = version THEN whole ELSE (whole - 'completed_at' - 'deleted_at') || draft
    || jsonb_build_object('version', $1::int, 'estimate_seconds', 600 * $1::int) END,
  id * 10 + $1::int, created_at + $1::int * interval '1 hour'
FROM (
  SELECT space_id, id, version, created_at, jsonb_strip_nulls(to_jsonb(t) - 'space_id' - 'search')
    AS whole, jsonb_build_object('title', 'Draft ' || id, 'status', 'open') AS draft
  FROM tasks t WHERE version >= $1::int) x
"""
_OPERATIONS: Final = """
INSERT INTO operations (space_id, id, user_id, actor, tool, result, created_at)
SELECT space_id, op, 1, '{"client": "bench"}', 'update_tasks',
  jsonb_build_object('op', 'op' || op, 'failures', '[]'::jsonb, 'tasks', jsonb_build_array(
    jsonb_build_object('id', 't' || subject_id, 'title', after -> 'title', 'version', version,
      'changed', jsonb_build_object('estimate', jsonb_build_array(600 * version - 600, 600 * version))))),
  created_at
FROM events WHERE kind = 'task'
"""
_READ: Final = """
INSERT INTO cursors (sink, generation, tx, seq, updated_at)
SELECT 'local', generation, tx, seq, now() FROM events ORDER BY 2 DESC, 3 DESC, 4 DESC LIMIT 1
"""
_COUNT: Final = "SELECT count(*) FROM events"


async def measure(stage: Stage) -> list[Figure]:
    url = await stage.database("verify")
    await fill(url, Layout(1, TASKS))
    events = await _sow(url)
    seconds, memory, busy = await _run(url, "verify")
    found = [
        Figure.at_most(f"verify of {events:,} events", 60 * MINUTES, seconds, "s"),
        Figure.told("verify, CPU of the command itself", busy, "s"),
        Figure.at_most("verify, memory at its highest", MEMORY_MIB, memory, "MiB"),
    ]
    await _wipe(url)
    seconds, memory, _ = await _run(url, "restore", "--space", "1")
    found += [
        Figure.told(f"restore of {TASKS:,} tasks from {events:,} events", seconds, "s"),
        Figure.told("restore, memory at its highest", memory, "MiB"),
    ]
    seconds, memory, _ = await _run(url, "retain", "--days", "30")
    left = await _value(url, _COUNT)
    found += [
        Figure.told(f"retain, {events:,} events to {left:,}", seconds, "s"),
        Figure.told("retain, memory at its highest", memory, "MiB"),
    ]
    await settle(url)
    seconds, _, _ = await _run(url, "verify")
    return [*found, Figure.told(f"verify of the {left:,} events left", seconds, "s")]


async def _sow(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"{_AS_OWNER}; {_VERSIONS}; {_LISTS}")
        tags = sorted({word for tag in ALL_TAGS for word in texts.pieces(tag)})
        await connection.executemany(_WORD, [(word, keys(1, word)) for word in tags])
        for version in range(1, VERSIONS + 1):
            await connection.execute(_EVENTS, version)
        await connection.execute(f"{_OPERATIONS}; {_READ}")
    finally:
        await connection.close()
    await settle(url)
    return await _value(url, _COUNT)


async def _wipe(url: str) -> None:
    """Tasks and their lists, as if somebody had emptied the tables."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"{_AS_OWNER}; DELETE FROM tasks; DELETE FROM lists")
    finally:
        await connection.close()
    await settle(url)


async def _value(url: str, sql: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def _run(url: str, *command: str) -> tuple[float, float, float]:
    """Seconds, MiB and seconds of CPU of a command of ours that ends well."""
    started = perf_counter()
    process = subprocess.Popen(  # noqa: ASYNC220 (waited for in a thread, with what it used)
        [sys.executable, "-m", "todo_mcp", *command],
        env={**os.environ, "DATABASE_URL": url},  # noqa: TID251 (handed on)
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None
    reading = asyncio.create_task(asyncio.to_thread(process.stdout.read))
    memory = 0.0
    while not reading.done():
        memory = max(memory, _highest_mib(process.pid))
        await asyncio.wait([reading], timeout=LOOK_SECONDS)
    said = await reading
    _, status, used = await asyncio.to_thread(os.wait4, process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command[0]}: {said[-2000:].decode()}")
    print(said.decode().strip(), file=sys.stderr)
    return perf_counter() - started, memory, used.ru_utime + used.ru_stime


def _highest_mib(pid: int) -> float:
    """The most a process has had by now; what wait4 tells counts its parent's memory too."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0
