"""Calls of every tool that name things of another space, or ask for everything there is."""

from typing import Any, Final

from tests.server.agent import Agent
from tests.store.neighbours import CANARY

Call = tuple[str, dict[str, Any]]
PARTS: Final = ["subtasks", "comments", "reminders", "occurrences", "history", "blockers"]
ACTIONS: Final = ("complete", "reopen", "start", "cancel", "skip", "end_series", "restore")
# {own} is the caller's task; the other names are what somebody else has of a kind.
NAMED: Final[tuple[Call, ...]] = (
    ("undo", {"op": "{operation}"}),
    ("undo", {"op": "{operation}", "force": True}),
    ("set_recurrence", {"id": "{weekly}", "recurrence": "every monday"}),
    ("set_recurrence", {"id": "{weekly}", "stop": True}),
    ("reschedule_tasks", {"ids": ["{task}"], "to": "friday"}),
    ("reschedule_tasks", {"ids": ["{weekly}"], "by": "+1d", "scope": "this_and_future"}),
    *(("get_tasks", {"ids": [name], "include": PARTS}) for name in ("{task}", "{trashed}")),
    *(
        (tool, {**ids, **field})
        for tool, ids in (("add_task", {"title": "New"}), ("update_tasks", {"ids": ["{own}"]}))
        for field in (
            {"list": "{list}"}, {"list": "{listname}"}, {"parent": "{task}"},
            {"blocked_by": ["{task}"]}, {"assignee": "{person}"},
        )
    ),
    ("add_tasks", {"tasks": [{"title": "New", "parent": "{task}"}]}),
    ("add_tasks", {"tasks": [{"title": "New", "list": "{list}"}]}),
    ("update_tasks", {"ids": ["{task}"], "title": "Mine now"}),
    ("update_tasks", {"ids": ["{task}"], "title": "Mine now", "version": 1}),
    *(("complete_tasks", {"ids": ["{weekly}"], "action": action}) for action in ACTIONS),
    ("complete_tasks", {"ids": ["{trashed}"], "action": "restore"}),
    ("set_reminder", {"ids": ["{task}"], "reminders": ["-30m"]}),
    ("set_reminder", {"ids": ["{reminder}"], "action": "remove"}),
    ("set_reminder", {"ids": ["{notification}"], "action": "dismiss"}),
    ("set_reminder", {"ids": ["{notification}"], "action": "snooze", "until": "20m"}),
    ("delete_tasks", {"ids": ["{task}"]}),
    ("delete_tasks", {"ids": ["{trashed}"], "purge": True, "confirm": True}),
    *(
        ("search_tasks", {"query": query})
        for query in ("list:{list}", "parent:{task}", "id:{task} status:any", "assignee:{person}")
    ),
)  # fmt: skip
WIDE: Final[tuple[Call, ...]] = (
    ("get_context", {}),
    ("preview_schedule", {"recurrence": "every monday", "reminders": ["-1h"]}),
    *(
        ("search_tasks", {"query": query})
        for query in (
            "", "status:any", "status:trash", CANARY, CANARY[:4], CANARY[1:6], "zanzibra",
            f"{CANARY} status:any", f"tag:{CANARY}", "has:comments", "is:unread", "-milk OR bread",
        )
    ),
    *(
        ("search_tasks", {"query": "status:any", "count_by": by})
        for by in ("list", "tag", "status", "priority", "assignee", "day")
    ),
    *(
        ("search_tasks", {"query": f"{CANARY} status:any", "sort": sort})
        for sort in ("due", "priority", "urgency", "created", "updated", "relevance")
    ),
    ("search_tasks", {"saved": f"{CANARY} filter"}),
    ("undo", {"last": 20}),
)  # fmt: skip


def filled(call: Call, names: dict[str, str]) -> Call:
    """The call with things for names."""

    def fill(value: Any) -> Any:
        if isinstance(value, str):
            return value.format_map(names) if "{" in value else value
        if isinstance(value, list):
            return [fill(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
        if isinstance(value, dict):
            return {key: fill(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
        return value

    tool, arguments = call
    return tool, fill(arguments)


async def answered(at_work: Agent, call: Call) -> str:
    """Everything that comes back."""
    tool, arguments = call
    result = await at_work.client.call_tool(tool, arguments)
    texts = [block.text for block in result.content if block.type == "text"]
    return f"{result.is_error} {' '.join(texts)} {result.structured_content}"
