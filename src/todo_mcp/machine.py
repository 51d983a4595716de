"""What the machine itself says where no setting does: its zone, its user's data folder."""

import os
import zoneinfo
from pathlib import Path


def data_dir() -> Path:
    from platformdirs import user_data_path  # noqa: PLC0415 (only where nothing is set)

    return user_data_path("todo-mcp", appauthor=False)


def zone() -> str:
    """The machine's IANA zone; UTC where it has none that can be named."""
    named = os.environ.get("TZ", "").removeprefix(":")  # noqa: TID251 (no setting of ours)
    link = os.path.realpath("/etc/localtime")
    for candidate in (named, link.partition("zoneinfo/")[2]):
        if candidate and is_zone(candidate):
            return candidate
    return "UTC"


def is_zone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError only on paper
        return False
    except zoneinfo.ZoneInfoNotFoundError:
        return False
    return True
