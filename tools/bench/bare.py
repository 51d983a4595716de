"""What ours is measured against: the SDK's server with one tool that echoes, over stdio or HTTP."""

import sys

import uvicorn
from mcp.server import MCPServer

server = MCPServer("bare", log_level="ERROR")


@server.tool()
async def echo(text: str) -> str:
    """Answer the text."""
    return text


def main(port: str | None = None, answers: str = "sse") -> None:
    if port is None:
        server.run()
        return
    app = server.streamable_http_app(json_response=answers == "json")
    uvicorn.run(app, port=int(port), log_level="error", access_log=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
