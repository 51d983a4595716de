"""What goes wrong in PostgreSQL, in the caller's words."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import asyncpg
from asyncpg import exceptions as pg

from todo_mcp.errors import LimitError, RuleError, TodoError, UnavailableError

# After a broken connection a write may have happened all the same: hence the key.
DOWN: Final = "The database does not answer."
AGAIN: Final = "Try the same call again in a few seconds, a write with the same idempotency_key."
LOOK: Final = "See that it runs and, where DATABASE_URL is set, that it leads there."
BUSY: Final = "The database is busy. Nothing was changed; try the same call again."
FULL: Final = (
    "The database has no space or memory left. Nothing was changed; free some on its machine, then "
    "try the same call again."
)
STANDBY: Final = (
    "The database takes no writes at the moment. Nothing was changed; try the same call again in a "
    "few seconds. If it stays so, DATABASE_URL names a standby: point it to the primary."
)
LOGIN: Final = "The database refuses the login of DATABASE_URL. Correct its user or password."
MISSING: Final = "DATABASE_URL names a database that does not exist. Create it, or correct the URL."
ROLES: Final = (
    "The login of DATABASE_URL may not work as todo-mcp's roles. As an administrator of the "
    "database: GRANT todo_app, todo_worker, todo_search TO that login."
)
UNMADE: Final = "The database has no schema of todo-mcp yet. Run `todo-mcp migrate`."

CONSUMED: Final = "pk_consumed"
# Somebody was faster: with the same key, at making the same occurrence, or user, or by
# removing the member a task was given to. Deciding again sees it.
RACED: Final = frozenset(
    {
        "uq_operations_space_id_user_id_key",
        CONSUMED,
        "one_open_occurrence",
        "uq_tasks_space_id_series_id_n",
        "uq_users_name",
        "pk_external_ids",
        "fk_tasks_space_id_assignee",
    }
)
CONSTRAINTS: Final[dict[str, tuple[type[TodoError], str]]] = {
    "ck_tasks_title": (LimitError, "title: 1 to 500 characters."),
    "ck_tasks_notes": (LimitError, "notes: at most 50,000 characters."),
    "ck_tasks_tags": (LimitError, "tags: at most 20."),
    "ck_tasks_tag_length": (LimitError, "tags: 1 to 50 characters each, no spaces."),
    "one_list_of_a_name": (RuleError, "name: there is a list of this name already."),
}


class LostRaceError(Exception):
    """PostgreSQL chose another writer (deadlock, serialization); to be decided again.

    `constraint` is the one that said so.
    """

    def __init__(self, constraint: str = "") -> None:
        super().__init__(constraint)
        self.constraint = constraint


# The first that fits counts.
_SAID: Final = (
    ((pg.DiskFullError, pg.OutOfMemoryError), FULL),
    (pg.ReadOnlySQLTransactionError, STANDBY),
    ((pg.QueryCanceledError, pg.LockNotAvailableError, pg.TooManyConnectionsError), BUSY),
    ((OSError, TimeoutError, asyncpg.InterfaceError), DOWN),
    # Used after the server ended the connection, before that was noticed.
    (asyncpg.InternalClientError, DOWN),
    ((pg.PostgresConnectionError, pg.OperatorInterventionError), DOWN),
)


_NOT_BEGUN: Final = ("connection is closed", "cannot switch to state")
_GONE: Final = (
    ConnectionError,
    asyncpg.InternalClientError,
    pg.PostgresConnectionError,
    pg.OperatorInterventionError,
)
_KNOWN: Final = (
    pg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError,
)  # fmt: skip


@contextmanager
def translated() -> Generator[None]:
    """Turn what asyncpg raises into errors a caller can act on.

    Raises:
        UnavailableError: no connection, no answer in time, no disk space.
        LostRaceError: another writer was faster.
        LimitError, RuleError: a named constraint said no.
    """
    try:
        yield
    except _KNOWN as error:
        told = _told(error)
        if told is None:
            raise
        raise told from error


@contextmanager
def entering() -> Generator[None]:
    """The same for a connection being made: what is refused here is a matter of set-up.

    Raises:
        UnavailableError: the login, the roles or the schema are not as they must be.
    """
    try:
        yield
    except pg.InvalidAuthorizationSpecificationError as error:
        raise UnavailableError(LOGIN) from error
    except pg.InvalidCatalogNameError as error:
        raise UnavailableError(MISSING) from error
    except pg.InsufficientPrivilegeError as error:
        raise UnavailableError(ROLES) from error
    except (pg.UndefinedTableError, pg.InvalidParameterValueError) as error:
        raise UnavailableError(UNMADE) from error
    except ValueError as error:
        raise UnavailableError(
            "DATABASE_URL: is no URL of a PostgreSQL database. Use postgresql://user@host/database."
        ) from error


def untouched(error: BaseException) -> bool:
    """Whether a statement that ended like this has certainly not been executed.

    A server that is told to stop ends what runs, and then says so; without its word a connection
    may have broken after the commit. The driver refuses to begin on a connection it knows is gone, and
    on one that nobody yet knows is gone the system takes no more: the last of a statement, without
    which it has no effect, was not sent.
    """
    ended = error.__cause__ if isinstance(error, pg.ConnectionDoesNotExistError) else error
    return isinstance(ended, pg.AdminShutdownError | BrokenPipeError) or (
        isinstance(error, asyncpg.InterfaceError | asyncpg.InternalClientError)
        and any(words in str(error) for words in _NOT_BEGUN)
    )


def broken(error: BaseException) -> bool:
    """Whether the connection is gone, so that another one may do."""
    closed = isinstance(error, asyncpg.InterfaceError) and not isinstance(error, ValueError)
    return closed or (isinstance(error, _GONE) and not isinstance(error, pg.QueryCanceledError))


def _told(error: Exception) -> Exception | None:
    """None for what is a bug."""
    if isinstance(error, pg.IntegrityConstraintViolationError):
        return _by_name(error.constraint_name or "")
    if isinstance(error, ValueError):  # an argument of the wrong type is no fault of the database
        return None
    if isinstance(error, pg.DeadlockDetectedError | pg.SerializationError):
        return LostRaceError()
    said = next((text for kinds, text in _SAID if isinstance(error, kinds)), None)
    return unavailable(said) if said else None


def unavailable(said: str) -> UnavailableError:
    return (
        UnavailableError(said, agent=AGAIN, person=LOOK) if said is DOWN else UnavailableError(said)
    )


def _by_name(constraint: str) -> Exception | None:
    if constraint in RACED:
        return LostRaceError(constraint)
    known = CONSTRAINTS.get(constraint)
    return known and known[0](known[1])
