"""The small server in a process of its own: `python -m tests.server.serving stdio|http [port]`.

The database never comes up, so whatever is answered is answered without one.
"""

import asyncio
import sys

import uvloop

from tests.server.small import ready, small_server
from todo_mcp import telemetry
from todo_mcp.server.http import serve_http
from todo_mcp.server.serving import listen
from todo_mcp.server.stdio import serve_stdio
from todo_mcp.server.stopping import until_told


async def main(mode: str) -> None:
    server = small_server()
    with until_told() as stop:
        if mode == "stdio":
            await serve_stdio(server, stop)
        else:
            await serve_http(server, listen("127.0.0.1", 0), stop, ready=ready)


if __name__ == "__main__":
    telemetry.configure()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1]))
