"""What the tables share: metadata, naming, column types."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Column, DateTime, MetaData, func
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.types import UserDefinedType

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

STAMP = DateTime(timezone=True)
SEARCH = TSVECTOR()


class Xid8(UserDefinedType[int]):
    """A transaction id with its epoch; it orders commits where a sequence does not."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


# Without this, comparing the schema with the database does not know the type.
cast("dict[str, Any]", ischema_names)["xid8"] = Xid8


def created() -> Column[datetime]:
    return Column(STAMP, server_default=func.now(), nullable=False)
