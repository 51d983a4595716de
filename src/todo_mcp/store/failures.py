"""What goes wrong in PostgreSQL, in the caller's words."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import asyncpg
from asyncpg import exceptions as pg

from todo_mcp.errors import LimitError, RuleError, TodoError, UnavailableError

# After a broken connection a write may have happened all the same: hence the key.
DOWN: Final = (
    "The database does not answer. Try the same call again in a few seconds, "
    "a write with the same idempotency_key."
)
BUSY: Final = "The database is busy. Nothing was changed; try the same call again."
FULL: Final = "The disk of the database is full. Nothing was changed; free space, then try the same call again."

# Somebody was faster: with the same key, or at making the same occurrence. Deciding again sees it.
RACED: Final = frozenset(
    {
        "uq_operations_space_id_user_id_key",
        "pk_consumed",
        "one_open_occurrence",
        "uq_tasks_space_id_series_id_n",
    }
)
CONSTRAINTS: Final[dict[str, TodoError]] = {
    "ck_tasks_title": LimitError("title: 1 to 500 characters."),
    "ck_tasks_notes": LimitError("notes: at most 50,000 characters."),
    "ck_tasks_tags": LimitError("tags: at most 20."),
    "ck_tasks_tag_length": LimitError("tags: 1 to 50 characters each, no spaces."),
    "one_list_of_a_name": RuleError("name: there is a list of this name already."),
}


class LostRaceError(Exception):
    """PostgreSQL chose another writer (deadlock, serialization); to be decided again."""


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
    except pg.IntegrityConstraintViolationError as error:
        raise _by_name(error) from error
    except _LOST as error:
        raise LostRaceError from error
    except pg.DiskFullError as error:
        raise UnavailableError(FULL) from error
    except _BUSY as error:
        raise UnavailableError(BUSY) from error
    except _DOWN as error:
        raise UnavailableError(DOWN) from error


_LOST: Final = (pg.DeadlockDetectedError, pg.SerializationError)
_BUSY: Final = (pg.QueryCanceledError, pg.LockNotAvailableError, pg.TooManyConnectionsError)
_DOWN: Final = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # used after the server ended it, before that was noticed
    pg.PostgresConnectionError,
    pg.OperatorInterventionError,
    pg.CannotConnectNowError,
)


def _by_name(error: pg.IntegrityConstraintViolationError) -> Exception:
    if error.constraint_name in RACED:
        return LostRaceError()
    known = CONSTRAINTS.get(error.constraint_name or "")
    return error if known is None else type(known)(str(known))
