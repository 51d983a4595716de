"""Bad input by name: each gets an error that names its argument, writes nothing and takes milliseconds."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from statistics import median
from time import perf_counter
from typing import Any, Final, cast

import pytest

from tests.fuzz.footprint import differing, footprints
from tests.hands import Hands
from tests.server.agent import Agent, agent
from tests.server.bad_input import ACCEPTED, REFUSED, Case
from tests.server.eras import Era
from todo_mcp.service.home import Home

MEDIAN_SECONDS: Final = 0.02
LONGEST_SECONDS: Final = 1.0


async def furnish(ada: Agent) -> dict[str, str]:
    """What the cases name in braces."""
    made = {"task": await ada.add("Task", due="fri 5pm", reminders=["-30m"])}
    await ada.call("update_tasks", ids=[made["task"]], title="Task, changed")
    made["daily"] = await ada.add("Daily", recurrence="every day at 9:00")
    made["done"] = await ada.add("Done")
    await ada.call("complete_tasks", ids=[made["done"]])
    made["gone"] = await ada.add("Gone")
    await ada.call("delete_tasks", ids=[made["gone"]])
    made["below"] = made["task"]
    for number in range(7):
        made["below"] = await ada.add(f"Level {number + 2}", parent=made["below"])
    made["waits"] = await ada.add("Waits", blocked_by=[made["done"]])
    keyed = await ada.call("add_task", title="Keyed", idempotency_key="known-key")
    return made | {"op": keyed["op"]}


def filled(value: Any, names: dict[str, str]) -> Any:
    """The value with `{task}` and so on as ids."""
    if isinstance(value, str):
        return names.get(value[1:-1], value) if value[:1] == "{" else value
    if isinstance(value, list):
        return [filled(item, names) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        given = cast("dict[str, Any]", value)
        return {name: filled(item, names) for name, item in given.items()}
    return value


@asynccontextmanager
async def furnished(
    home: Home, hands: Hands, era: Era
) -> AsyncGenerator[tuple[Agent, dict[str, str]]]:
    async with agent(home, hands, era) as ada:
        yield ada, await furnish(ada)


@pytest.mark.parametrize("group", REFUSED)
async def test_bad_input_is_refused_by_name_and_writes_nothing(
    home: Home, hands: Hands, era: Era, group: str
) -> None:
    wrong: list[str] = []
    async with (
        furnished(home, hands, era) as (ada, names),
        footprints(home.database.url) as footprint,
    ):
        before = await footprint.take()
        for tool, arguments, start in REFUSED[group]:
            result = await ada.client.call_tool(tool, filled(arguments, names))
            [block] = result.content
            said = str(getattr(block, "text", ""))
            if not result.is_error or not said.startswith(filled_text(start, names)):
                wrong.append(f"{tool} {str(arguments)[:200]}: {said}")
            after = await footprint.take()
            wrong += [f"{said}, and wrote {table}" for table in differing(before, after)]
            before = after
    assert not wrong, "\n".join(wrong)


@pytest.mark.milliseconds
async def test_bad_input_is_refused_in_milliseconds(home: Home, hands: Hands) -> None:
    took: list[float] = []
    async with furnished(home, hands, "modern") as (ada, names):
        for tool, arguments, _ in (case for group in REFUSED.values() for case in group):
            given = filled(arguments, names)
            started = perf_counter()
            await ada.client.call_tool(tool, given)
            took.append(perf_counter() - started)
    assert median(took) < MEDIAN_SECONDS
    assert max(took) < LONGEST_SECONDS


def filled_text(text: str, names: dict[str, str]) -> str:
    for name, number in names.items():
        text = text.replace(f"{{{name}}}", number)
    return text


@pytest.mark.parametrize(
    "case", ACCEPTED, ids=[f"{tool}-{n}" for n, (tool, _) in enumerate(ACCEPTED)]
)
async def test_what_lies_just_within_a_limit_is_taken(
    home: Home, hands: Hands, era: Era, case: tuple[str, dict[str, Any]]
) -> None:
    async with furnished(home, hands, era) as (ada, names):
        await ada.call(case[0], **filled(case[1], names))


async def test_a_key_used_with_other_arguments_is_refused_and_with_the_same_ones_answered_again(
    home: Home, hands: Hands, era: Era
) -> None:
    async with furnished(home, hands, era) as (ada, names):
        for tool, arguments in (
            ("update_tasks", {"ids": [names["task"]], "title": "Other"}),
            ("complete_tasks", {"ids": [names["daily"]]}),
            ("set_reminder", {"ids": [names["task"]], "reminders": ["-1d"]}),
            ("set_recurrence", {"id": names["waits"], "recurrence": "every day"}),
            ("delete_tasks", {"ids": [names["done"]]}),
        ):
            key = f"key of {tool}"
            first = await ada.call(tool, **arguments, idempotency_key=key)
            again = await ada.call(tool, **arguments, idempotency_key=key)
            assert again == first | {"replayed": True}
            other = arguments | ({"ids": [names["gone"]]} if "ids" in arguments else {"stop": True})
            error = await ada.refused(tool, **other, idempotency_key=key)
            assert error.startswith("idempotency_key: was used for another call.")


def test_every_tool_has_cases() -> None:
    from todo_mcp.server.tools import TOOLS  # noqa: PLC0415 (only here)

    cases: list[Case] = [case for group in REFUSED.values() for case in group]
    assert {tool for tool, _, _ in cases} == {tool.name for tool in TOOLS}
