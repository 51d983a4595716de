"""What ours is measured against: the SDK's server with a tool that echoes, over stdio or HTTP.

With a database it has another, which asks that twice before: what no tool of two round trips beats.
"""

import sys

import uvicorn
from mcp.server import MCPServer

server = MCPServer("bare", log_level="ERROR")


@server.tool()
async def echo(text: str) -> str:
    """Answer the text."""
    return text


def add_twice(url: str) -> None:
    from todo_mcp.store.database import Database  # noqa: PLC0415 (the start over stdio is measured too)

    database = Database(url)

    @server.tool()
    async def twice(text: str) -> str:  # pyright: ignore[reportUnusedFunction] (the server calls it)
        """Answer the text after two questions to the database."""
        await database.worker("SELECT 1")
        await database.worker("SELECT 1")
        return text


def main(port: str | None = None, answers: str = "sse", url: str | None = None) -> None:
    if port is None:
        server.run()
        return
    if url is not None:
        add_twice(url)
    app = server.streamable_http_app(json_response=answers == "json")
    uvicorn.run(app, port=int(port), log_level="error", access_log=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
