"""add_task, through a real client on a real PostgreSQL."""

from tests.hands import Hands
from tests.server.agent import agent
from tests.server.eras import Era
from todo_mcp.service.home import Home


async def test_a_task_is_added_with_its_due_in_words_and_its_reminder(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        answer = await ada.call("add_task", title="Buy milk", due="fri 5pm", reminders=["-30m"])
    [task] = answer["tasks"]
    assert task | {"id": "", "reminders": []} == {
        "id": "",
        "title": "Buy milk",
        "version": 1,
        "due": "2026-11-27T17:00+01:00",
        "due_text": "Fri 27 Nov 2026, 17:00, in 4 days",
        "reminders": [],
    }
    assert [text.split()[1] for text in task["reminders"]] == ["2026-11-27T16:30+01:00"]
    assert answer["failures"] == []
    assert answer["op"].startswith("op")


async def test_a_title_is_kept_verbatim(home: Home, hands: Hands, era: Era) -> None:
    async with agent(home, hands, era) as ada:
        for title in ("null", "[1]", '{"a": 1}', "true", " spaces  inside "):
            assert (await ada.one("add_task", title=title))["title"] == title


async def test_a_dry_run_answers_the_same_without_ids_and_writes_nothing(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        told = await ada.call("add_task", title="Call mum", due="tomorrow 9am", dry_run=True)
        assert told["dry_run"] is True
        assert "op" not in told
        assert "id" not in told["tasks"][0]
        assert told["tasks"][0]["due"] == "2026-11-24T09:00+01:00"
        context = await ada.call("get_context")
    assert context["lists"][0]["open"] == 0


async def test_the_same_key_adds_once_and_answers_the_first_result(
    home: Home, hands: Hands, era: Era
) -> None:
    async with agent(home, hands, era) as ada:
        first = await ada.call("add_task", title="Once", idempotency_key="k" * 8)
        again = await ada.call("add_task", title="Once", idempotency_key="k" * 8)
        assert again == first | {"replayed": True}
        error = await ada.refused("add_task", title="Twice", idempotency_key="k" * 8)
        assert error.startswith("idempotency_key: ")
        context = await ada.call("get_context")
    assert context["lists"][0]["open"] == 1
