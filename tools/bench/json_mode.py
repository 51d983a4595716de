"""`todo-mcp` answering plain JSON only: what giving up streams within a call would bring."""

from functools import partialmethod

from mcp.server import MCPServer

from todo_mcp.cli import main

if __name__ == "__main__":
    made = partialmethod(MCPServer.streamable_http_app, json_response=True)
    setattr(MCPServer, "streamable_http_app", made)  # noqa: B010 (a method is not assignable to a type checker)
    main()
