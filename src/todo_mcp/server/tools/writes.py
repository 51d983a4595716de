"""Tools that add and change tasks."""

from typing import Annotated

from mcp.types import CallToolResult

from todo_mcp.server.answers import RecurrenceWritten, Written, say
from todo_mcp.server.arguments import (
    Anchor,
    ClearFields,
    Ids,
    Key,
    NewTasks,
    Notes,
    Priority,
    Reminders,
    StatusAction,
    Strings,
    Subtasks,
    Tags,
    Title,
    Version,
    about,
)
from todo_mcp.server.context import ToolContext, begin
from todo_mcp.server.given import given, only, without
from todo_mcp.server.lines import wrote
from todo_mcp.server.tool import tool


@tool("Add task")
async def add_task(
    ctx: ToolContext,
    title: Annotated[Title, about("kept verbatim")],
    notes: Annotated[Notes | None, about("Markdown")] = None,
    list: Annotated[str | None, about("id or name; inbox if left out")] = None,
    parent: Annotated[str | None, about("makes it a subtask of this id")] = None,
    due: Annotated[
        str | None, about("when, or by when: 2026-11-27, 'fri 5pm', 'end of month'")
    ] = None,
    start: Annotated[str | None, about("hidden from the agenda until then")] = None,
    deadline: Annotated[str | None, about("only if the user says it can never move")] = None,
    zone: Annotated[str | None, about("IANA, if not the user's")] = None,
    priority: Priority | None = None,
    tags: Tags | None = None,
    estimate: Annotated[str | None, about("45m, 2h")] = None,
    assignee: str | None = None,
    blocked_by: Annotated[Strings | None, about("task ids")] = None,
    recurrence: Annotated[
        str | None, about("'every other tuesday at 18:00', 'last day of the month', or RRULE")
    ] = None,
    anchor: Annotated[
        Anchor | None,
        about("completion: the interval counts from when it was done ('every week', no weekday)"),
    ] = None,
    reminders: Annotated[
        Reminders | None, about("'0m' at the due, '-30m', '-1d 09:00', or a when")
    ] = None,
    subtasks: Subtasks | None = None,
    idempotency_key: Key = None,
    dry_run: bool = False,
) -> Annotated[CallToolResult, Written]:
    """Add one task with its reminders, recurrence and subtasks: also for 'remind me to …'. For several tasks use add_tasks."""
    arguments = given(locals())
    from todo_mcp.service import tasks

    work = await begin(ctx, "add_task", arguments, key=idempotency_key, dry_run=dry_run)
    answer = await tasks.add(work, without(arguments, "subtasks"), arguments.get("subtasks", []))
    return say(wrote(answer), **answer)


@tool("Add tasks")
async def add_tasks(
    ctx: ToolContext, tasks: NewTasks, idempotency_key: Key = None, dry_run: bool = False
) -> Annotated[CallToolResult, Written]:
    """Add up to 50 tasks in one operation, all or none; also subtasks of an existing task (parent). Values as in add_task. ref names a task for parent and blocked_by of others."""
    arguments = given(locals())
    from todo_mcp.service.tasks import add_many

    work = await begin(ctx, "add_tasks", arguments, key=idempotency_key, dry_run=dry_run)
    answer = await add_many(work, arguments["tasks"])
    return say(wrote(answer), **answer)


@tool("Update tasks", idempotent=True)
async def update_tasks(
    ctx: ToolContext,
    ids: Ids,
    title: Title | None = None,
    notes: Notes | None = None,
    list: str | None = None,
    parent: str | None = None,
    due: str | None = None,
    start: str | None = None,
    deadline: str | None = None,
    zone: str | None = None,
    priority: Priority | None = None,
    tags: Annotated[Tags | None, about("replaces all; else tags_add, tags_remove")] = None,
    estimate: str | None = None,
    assignee: str | None = None,
    blocked_by: Strings | None = None,
    reminders: Annotated[Reminders | None, about("replaces all")] = None,
    clear: Annotated[ClearFields | None, about("fields to empty")] = None,
    tags_add: Tags | None = None,
    tags_remove: Tags | None = None,
    version: Annotated[
        Version | None, about("as read (one id only): refused if changed since")
    ] = None,
    idempotency_key: Key = None,
    dry_run: bool = False,
) -> Annotated[CallToolResult, Written]:
    """Set the given fields on all ids, the rest stays; values as in add_task. A due without a time keeps the task's time, and moves only this occurrence. Repeating: set_recurrence; status: complete_tasks. Of a recurring task title, notes, tags, priority and reminders carry on to later occurrences. Those that can, change; failures names the rest."""
    arguments = given(locals())
    from todo_mcp.domain.updating import Edit
    from todo_mcp.service.tasks import update

    work = await begin(ctx, "update_tasks", arguments, key=idempotency_key, dry_run=dry_run)
    apart = ("clear", "tags_add", "tags_remove", "reminders")
    wish = Edit(without(arguments, "ids", "version", *apart), **only(arguments, *apart))
    answer = await update(work, ids, wish, version)
    return say(wrote(answer), **answer)


@tool("Complete tasks", idempotent=True)
async def complete_tasks(
    ctx: ToolContext,
    ids: Ids,
    action: Annotated[
        StatusAction,
        about(
            "skip: leave out this occurrence; end_series: close it and stop repeating; restore: out of the trash"
        ),
    ] = "complete",
    at: Annotated[str | None, about("when it was done, if not now")] = None,
    with_subtasks: bool = False,
    idempotency_key: Key = None,
    dry_run: bool = False,
) -> Annotated[CallToolResult, Written]:
    """Change the status of tasks. Of a recurring task it closes this occurrence and the answer has next_occurrence; unblocked names tasks that became ready. Those that can, change; failures names the rest."""
    arguments = given(locals())
    from todo_mcp.service.tasks import complete

    work = await begin(ctx, "complete_tasks", arguments, key=idempotency_key, dry_run=dry_run)
    answer = await complete(work, ids, action, at, with_subtasks=with_subtasks)
    return say(wrote(answer), **answer)


@tool("Set recurrence", idempotent=True)
async def set_recurrence(
    ctx: ToolContext,
    id: str,
    recurrence: Annotated[
        str | None, about("'every other tuesday at 18:00', 'last day of the month', or RRULE")
    ] = None,
    anchor: Annotated[
        Anchor | None,
        about("completion: the interval counts from when it was done ('every week', no weekday)"),
    ] = None,
    zone: str | None = None,
    due: Annotated[str | None, about("first date, if not the rule's next")] = None,
    exceptions_add: Annotated[Strings | None, about("dates to leave out")] = None,
    exceptions_remove: Strings | None = None,
    stop: Annotated[bool, about("keep the task, no longer repeating")] = False,
    idempotency_key: Key = None,
    dry_run: bool = False,
) -> Annotated[CallToolResult, RecurrenceWritten]:
    """Make a task repeat, change the rhythm from now on (the open occurrence moves along, its time stays), leave out dates, or stop repeating. Answers the rule, a sentence and the next 5 dates. To move one occurrence use reschedule_tasks."""
    arguments = given(locals())
    from todo_mcp.service.tasks import repeat

    work = await begin(ctx, "set_recurrence", arguments, key=idempotency_key, dry_run=dry_run)
    answer = await repeat(work, id, without(arguments, "id"))
    return say(wrote(answer), **answer)
