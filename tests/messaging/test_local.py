"""The bus inside one process."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

import pytest

from tests import sowing
from todo_mcp import ids
from todo_mcp.errors import ConflictError, UnavailableError
from todo_mcp.messaging import local
from todo_mcp.messaging.bus import Handler
from todo_mcp.messaging.envelope import CloudEvent, UndecodableError
from todo_mcp.messaging.local import LocalBus
from todo_mcp.store import dead_letters
from todo_mcp.store.database import Database

TYPE = "todo.task.updated.v1"
QUICK = (0.0, 0.0, 0.0)
Handled = list[tuple[str, int]]


def event(task: int, version: int = 1, kind: str = TYPE) -> CloudEvent:
    return CloudEvent(
        specversion="1.0",
        datacontenttype="application/json",
        id=ids.event_id(),
        source="/todo-mcp/1",
        type=kind,
        subject=f"t{task}",
        time=datetime(2026, 11, 23, 9, tzinfo=UTC),
        sequence=str(version),
        data={"task": {"id": f"t{task}"}, "changed": {}},
    )


def bus(
    database: Database, handle: Callable[[CloudEvent], Awaitable[None]], consumer: str = "test"
) -> LocalBus:
    return LocalBus(database, [Handler(consumer, frozenset({TYPE}), handle)], QUICK)


@pytest.fixture
async def buried(database: Database) -> Callable[[], Awaitable[list[tuple[object, ...]]]]:
    """Reads the dead letters."""
    await sowing.spaces(database)
    return lambda: sowing.rows(
        database, "SELECT event_id, consumer, reason, attempts FROM dead_letters"
    )


async def test_each_event_is_handled_once_and_in_order_of_its_task(database: Database) -> None:
    handled: Handled = []

    async def handle(item: CloudEvent) -> None:
        handled.append((item.subject, int(item.sequence)))

    batch = [event(task, version) for version in range(1, 6) for task in (1, 2, 3)]
    assert await bus(database, handle).publish(batch) == []
    for task in ("t1", "t2", "t3"):
        assert [version for subject, version in handled if subject == task] == [1, 2, 3, 4, 5]
    assert len(handled) == 15


async def test_events_handled_together_are_not_handled_again_and_of_a_failure_each_is_tried_alone(
    database: Database,
) -> None:
    together: list[int] = []
    alone: list[str] = []
    broken = False

    async def handle_all(items: Sequence[CloudEvent]) -> None:
        together.append(len(items))
        if broken:
            raise ConflictError("One of them was lost.")

    async def handle(item: CloudEvent) -> None:
        alone.append(item.subject)

    made = LocalBus(database, [Handler("test", frozenset({TYPE}), handle, handle_all)], QUICK)
    await made.publish([event(1), event(2), event(3, kind="todo.list.created.v1")])
    assert (together, alone) == ([2], [])
    broken = True
    await made.publish([event(1), event(2)])
    assert (together, sorted(alone)) == ([2, 2], ["t1", "t2"])


async def test_a_type_that_nobody_handles_is_acknowledged(database: Database) -> None:
    async def handle(_: CloudEvent) -> None:
        raise AssertionError

    assert await bus(database, handle).publish([event(1, kind="todo.list.created.v1")]) == []


async def test_an_event_that_fails_at_first_is_tried_again(
    database: Database, buried: Callable[[], Awaitable[list[object]]]
) -> None:
    tries: list[int] = []

    async def handle(_: CloudEvent) -> None:
        tries.append(1)
        if len(tries) <= len(QUICK):
            raise ConflictError("Lost.")

    await bus(database, handle).publish([event(1)])
    assert len(tries) == len(QUICK) + 1
    assert await buried() == []


async def test_an_event_that_keeps_failing_becomes_a_dead_letter_and_the_next_goes_on(
    database: Database, buried: Callable[[], Awaitable[list[object]]]
) -> None:
    handled: Handled = []

    async def handle(item: CloudEvent) -> None:
        if item.sequence == "2":
            raise ConflictError("It is being changed.")
        handled.append((item.subject, int(item.sequence)))

    batch = [event(1, version) for version in (1, 2, 3)]
    await bus(database, handle).publish(batch)
    assert handled == [("t1", 1), ("t1", 3)]
    reason = "ConflictError: It is being changed."
    assert await buried() == [(batch[1].id, "test", reason, len(QUICK) + 1)]
    assert await dead_letters.counts(database) == {"test": 1}


async def test_an_undecodable_event_is_a_dead_letter_at_once(
    database: Database, buried: Callable[[], Awaitable[list[object]]]
) -> None:
    async def handle(_: CloudEvent) -> None:
        raise UndecodableError("data of task: status (literal_error).")

    item = event(1)
    await bus(database, handle).publish([item])
    reason = "UndecodableError: data of task: status (literal_error)."
    assert await buried() == [(item.id, "test", reason, 1)]


async def test_a_dead_letter_does_not_repeat_what_a_library_said(
    database: Database, buried: Callable[[], Awaitable[list[tuple[object, ...]]]]
) -> None:
    async def handle(_: CloudEvent) -> None:
        raise ValueError("canary")

    await bus(database, handle).publish([event(1)])
    [(_, _, reason, _)] = await buried()
    assert reason == "ValueError"


async def test_other_tasks_go_on_while_one_is_tried_again(database: Database) -> None:
    others = asyncio.Event()
    done: Handled = []

    async def handle(item: CloudEvent) -> None:
        # Succeeds only once all the others are through, so it must not stand in their way.
        if item.subject == "t1" and not others.is_set():
            raise ConflictError("Not yet.")
        done.append((item.subject, int(item.sequence)))
        if len(done) == 2 * local.LANES:
            others.set()

    many = 2 * local.LANES
    patient = LocalBus(database, [Handler("test", frozenset({TYPE}), handle)], (0.001,) * 10_000)
    await patient.publish([event(task) for task in range(1, many + 2)])
    assert done[-1] == ("t1", 1)
    assert len(done) == many + 1


async def test_a_handler_that_hangs_is_given_up(
    database: Database,
    buried: Callable[[], Awaitable[list[tuple[object, ...]]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(local, "HANDLER_SECONDS", 0.01)

    async def handle(_: CloudEvent) -> None:
        await asyncio.Event().wait()

    await bus(database, handle).publish([event(1)])
    [(_, _, reason, _)] = await buried()
    assert reason == "TimeoutError"


async def test_an_outage_of_the_database_kills_no_letter(
    database: Database,
    buried: Callable[[], Awaitable[list[object]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(local, "OUTAGE_PAUSES", (0.0,) * 20)
    tries: list[int] = []

    async def handle(_: CloudEvent) -> None:
        tries.append(1)
        if len(tries) < 15:
            raise UnavailableError("Down.")

    await bus(database, handle).publish([event(1)])
    assert len(tries) == 15
    assert await buried() == []


async def test_an_outage_that_lasts_hands_the_batch_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "OUTAGE_PAUSES", (0.0,))
    nowhere = Database("postgresql://nobody@127.0.0.1:1/none")

    async def handle(_: CloudEvent) -> None:
        raise UnavailableError("Down.")

    with pytest.raises(UnavailableError):
        await bus(nowhere, handle).publish([event(1)])


async def test_two_consumers_of_a_type_fail_apart(
    database: Database, buried: Callable[[], Awaitable[list[tuple[object, ...]]]]
) -> None:
    handled: list[str] = []

    async def bad(_: CloudEvent) -> None:
        raise ConflictError("No.")

    async def good(item: CloudEvent) -> None:
        handled.append(item.subject)

    both = [Handler("bad", frozenset({TYPE}), bad), Handler("good", frozenset({TYPE}), good)]
    await LocalBus(database, both, QUICK).publish([event(1)])
    assert handled == ["t1"]
    assert [row[1] for row in await buried()] == ["bad"]
