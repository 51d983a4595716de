"""The failures a caller can act on. Anything else that is raised is a bug."""


class TodoError(Exception):
    """A failure whose message is safe and useful to show to the caller.

    The message says what is wrong, what is valid and what to do next, the argument's name first.
    It may quote at most 60 characters of the caller's own argument (see `quoted`), never stored text.
    """


class NotFoundError(TodoError):
    """The named thing does not exist, or the caller may not see it."""


class ConflictError(TodoError):
    """Somebody changed it first; read it again and decide."""


class RuleError(TodoError):
    """The request cannot be understood, or the rules of the domain forbid it."""


class LimitError(TodoError):
    """A quota or a size limit."""


class UnavailableError(TodoError):
    """A part is down; the same call may succeed later.

    An agent repeats its call; at a terminal is a person who can look after that part (`in_person`).
    """

    def __init__(self, message: str, *, agent: str = "", person: str = "") -> None:
        super().__init__(f"{message} {agent}".rstrip())
        self.in_person = f"{message} {person or agent}".rstrip()


def quoted(text: str, limit: int = 60) -> str:
    """The caller's own argument, cut to what an error may repeat."""
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")
