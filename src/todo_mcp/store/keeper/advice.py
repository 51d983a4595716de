"""What to do about the ways in which PostgreSQL fails to start."""

_ADVICE = (
    ("No space left on device", "The disk is full: make room and start again."),
    ("Disk quota exceeded", "The disk quota is used up: make room and start again."),
    ("File exists", "Set TODO_MCP_DATA_DIR to a folder that you may write."),
    ("Not a directory", "Set TODO_MCP_DATA_DIR to a folder that you may write."),
    ("Permission denied", "Set TODO_MCP_DATA_DIR to a folder that you may write."),
    ("Read-only file system", "Set TODO_MCP_DATA_DIR to a folder that you may write."),
    ("Cannot allocate memory", "Memory is short: close something and start again."),
    ("could not look up effective user", "Run todo-mcp as a user who has an account."),
    ("cannot be run as root", "Run todo-mcp as an ordinary user."),
    ("administrative permissions", "Run todo-mcp from a terminal that is not elevated."),
    ("incompatible with server", "The folder was made by another version of PostgreSQL: use the todo-mcp that made it, export there and import here."),
    ("still in use", "End the PostgreSQL processes that work in the data folder."),
    ("error while loading shared libraries", "This system lacks a library PostgreSQL needs."),
)  # fmt: skip
_OTHERWISE = "If it happens again, set DATABASE_URL to another PostgreSQL server."


def explained(what: str, log: str) -> str:
    """One sentence: what failed, the line of the log that says why, and what to do."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    worst = [line for line in lines if any(mark in line for mark in ("FATAL", "PANIC", "error:"))]
    reason = (worst or lines or ["it said nothing"])[-1 if not worst else 0]
    for words, advice in _ADVICE:
        if words in log:
            telling = next((line for line in lines if words in line), reason)
            return f"{what}: {telling[:300]}. {advice}"
    return f"{what}: {reason[:300]}. {_OTHERWISE}"
