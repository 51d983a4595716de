"""The lines that go into an MCP host's configuration."""

import json


def host_lines(url: str) -> str:
    """How Claude, VS Code and Cursor reach this server."""
    remote = json.dumps({"mcpServers": {"todo": {"url": url}}})
    code = json.dumps({"servers": {"todo": {"type": "http", "url": url}}})
    bridge = json.dumps(
        {"mcpServers": {"todo": {"command": "npx", "args": ["-y", "mcp-remote", url]}}}
    )
    return f"""\
MCP server at {url}

Claude Code      claude mcp add --transport http todo {url}
Claude Desktop   claude_desktop_config.json: {bridge}
VS Code          .vscode/mcp.json: {code}
Cursor           ~/.cursor/mcp.json: {remote}
MCP Inspector    npx @modelcontextprotocol/inspector --cli {url} --transport http --method tools/list

Stop with Ctrl-C."""
