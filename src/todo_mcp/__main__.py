"""`python -m todo_mcp` is `todo-mcp`."""

from todo_mcp.cli import main

main()
