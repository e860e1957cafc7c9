"""Column types that mean the same in SQLite and PostgreSQL.

An SQLite table that is STRICT accepts only INT, INTEGER, REAL, TEXT, BLOB and ANY as column types. The types
here use those names on SQLite and the usual ones on PostgreSQL. SQLite never enforced the length of a text, so only
PostgreSQL does.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Date, Dialect, Integer, LargeBinary, String
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import TEXT, TypeDecorator, TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Moment(TypeDecorator[datetime]):
    """An aware datetime, stored as integer microseconds since 1970 in UTC.

    It is exact and ordered in both databases.
    """

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored moment must have a time zone")
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        return None if value is None else _EPOCH + int(value) * _MICROSECOND


class _DayAsText(sqlite.DATE):
    """A date, stored as ISO text."""


class _JsonAsText(sqlite.JSON):
    """A JSON value, stored as text."""


class _FlagAsInteger(Boolean):
    """A boolean, stored as 0 or 1."""


# SQLAlchemy would write DATE, JSON and BOOLEAN, which a STRICT table refuses. Stored values are not affected.
@compiles(_DayAsText, "sqlite")
@compiles(_JsonAsText, "sqlite")
def _write_text(_type: object, _compiler: object, **_: object) -> str:
    return "TEXT"


@compiles(_FlagAsInteger, "sqlite")
def _write_integer(_type: object, _compiler: object, **_: object) -> str:
    return "INTEGER"


def characters(most: int) -> TypeEngine[str]:
    """Return the type of a text of at most `most` characters."""
    return String(most).with_variant(TEXT(), "sqlite")


WHOLE: TypeEngine[int] = BigInteger().with_variant(Integer(), "sqlite")
DAY: TypeEngine[date] = Date().with_variant(_DayAsText(), "sqlite")  # type: ignore[no-untyped-call]
FLAG: TypeEngine[bool] = Boolean().with_variant(_FlagAsInteger(), "sqlite")
DOCUMENT: TypeEngine[Any] = JSON().with_variant(_JsonAsText(), "sqlite")
# Sealed contents. Nothing is compared or searched in them.
BYTES: TypeEngine[bytes] = LargeBinary()
