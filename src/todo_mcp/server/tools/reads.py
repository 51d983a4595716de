"""Tools that only read."""

from typing import Annotated

from mcp.types import CallToolResult

from todo_mcp.server import lines
from todo_mcp.server.answers import ContextAnswer, Full, Rows, say
from todo_mcp.server.arguments import ContextPart, CountBy, FewIds, Limit, Sort, TaskPart, about
from todo_mcp.server.context import ToolContext, begin
from todo_mcp.server.tool import tool


@tool("Context", read=True)
async def get_context(
    ctx: ToolContext, include: list[ContextPart] | None = None
) -> Annotated[CallToolResult, ContextAnswer]:
    """Now, time zone, weekday; lists, tags and saved filters with open counts; members; settings; unread notifications; how much is overdue and due today. Call first when names or today matter. Without include: all, shortened."""
    from todo_mcp.service.context import context

    answer = await context(await begin(ctx, "get_context"), include)
    return say(lines.context(answer), **answer)


@tool("Search tasks", read=True)
async def search_tasks(
    ctx: ToolContext,
    query: Annotated[
        str,
        about(
            'words and filters, all must match. list: tag: parent: assignee: (name, id, me, none) status:open|started|done|cancelled|skipped|any|trash priority:high, >=medium, none. due: start: deadline: created: updated: completed: today, week, "last week", none, <=fri, 2026-11-01..2026-11-30. is:overdue|blocked|ready|deferred|recurring|subtask has:notes|reminders|… id:t1,t2. -not, OR, ( ), "exact words". E.g. report list:work due:<=fri -tag:later'
        ),
    ] = "",
    saved: Annotated[str | None, about("a saved filter's name, with query")] = None,
    sort: Sort | None = None,
    count_by: CountBy | None = None,
    limit: Limit = 25,
    cursor: str | None = None,
) -> Annotated[CallToolResult, Rows]:
    """Find tasks by words (typos forgiven) and filters; open ones unless status: says otherwise. count_by answers counts instead of rows; total is always there. To see notes, subtasks or history of a hit use get_tasks."""
    from todo_mcp.service.finding import find

    work = await begin(ctx, "search_tasks")
    answer = await find(
        work, query, saved=saved, sort=sort, count_by=count_by, limit=limit, cursor=cursor
    )
    return say(lines.found(answer), **answer)


@tool("Get tasks", read=True)
async def get_tasks(
    ctx: ToolContext, ids: FewIds, include: list[TaskPart] | None = None
) -> Annotated[CallToolResult, Full]:
    """Everything about tasks by id: notes, version, zone, and what include asks for. To find ids use search_tasks."""
    from todo_mcp.service.reads import tasks

    answer = await tasks(await begin(ctx, "get_tasks"), ids, include or ())
    return say(lines.full(answer), **answer)
