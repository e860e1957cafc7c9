"""One question about a row or two by their key, which every request asks: put to the database with nothing in between.

SQLAlchemy writes the statement and converts values, both once. To ask through it, in a transaction, behind a thread
hop, costs ten times what the answer takes: a glance is one statement on a connection that is kept for it, on the
loop's own thread. Whoever cannot be asked at once is not waited for here: the caller then goes the long way round.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, cast

import psycopg
from sqlalchemy import Dialect, Engine, PoolProxiedConnection, Select, make_url
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

Convert = Callable[[Any], Any]
_PSYCOPG = "postgresql+psycopg://"


class Glance:
    """`statement`: all its values are named parameters."""

    def __init__(self, statement: Select[Any]) -> None:
        self.statement = statement
        self.on_sqlite = _Written(statement, sqlite.dialect(paramstyle="named"))
        self.on_postgresql = _Written(statement, make_url(_PSYCOPG).get_dialect()())


class _Written:
    """A question as one kind of database takes it."""

    def __init__(self, statement: Select[Any], dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        self._values = {name: _into(bind.type, dialect) for name, bind in compiled.binds.items()}
        columns = statement.selected_columns
        self._row = _rows([str(column.key) for column in columns])
        self._columns = [_out_of(column.type, dialect) for column in columns]

    def given(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: into(values[name]) for name, into in self._values.items()}

    def rows(self, found: Sequence[Sequence[Any]]) -> list[Any]:
        """With the columns as attributes."""
        return [
            self._row(*[out_of(value) for out_of, value in zip(self._columns, row, strict=True)])
            for row in found
        ]


class Glancer(Protocol):
    async def ask(self, glance: Glance, values: Mapping[str, Any]) -> list[Any] | None:
        """The rows; None where the database could not be asked now."""

    def close(self) -> None: ...


class OnSqlite:
    """`engine`: waits for no lock, and every statement stands for itself."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: PoolProxiedConnection | None = None

    async def ask(self, glance: Glance, values: Mapping[str, Any]) -> list[Any] | None:
        written = glance.on_sqlite
        try:
            self._kept = self._kept or self._engine.raw_connection()
            file = cast(sqlite3.Connection, self._kept.dbapi_connection)
            return written.rows(file.execute(written.sql, written.given(values)).fetchall())
        except (DBAPIError, sqlite3.Error):
            self._leave()
            return None

    def close(self) -> None:
        self._leave()
        self._engine.dispose()

    def _leave(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.close()


class OnPostgresql:
    """`engine`: how to reach the database; none of its connections is used."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: psycopg.AsyncConnection[Any] | None = None
        self._one_connects = asyncio.Lock()

    async def ask(self, glance: Glance, values: Mapping[str, Any]) -> list[Any] | None:
        written, kept = glance.on_postgresql, None
        try:
            kept = await self._connected()
            cursor = await kept.execute(written.sql, written.given(values))
            return written.rows(await cursor.fetchall())
        except psycopg.Error:
            if kept is self._kept:
                self.close()
            return None

    async def _connected(self) -> psycopg.AsyncConnection[Any]:
        async with self._one_connects:
            if self._kept is None:
                _, where = self._engine.dialect.create_connect_args(self._engine.url)
                self._kept = await psycopg.AsyncConnection.connect(**where, autocommit=True)
            return self._kept

    def close(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            # `close` of an asynchronous connection does no more, and can only be awaited.
            kept.pgconn.finish()


def _rows(names: list[str]) -> Callable[..., Any]:
    return namedtuple("Row", names)


def _as_it_is(value: Any) -> Any:
    return value


def _into(type_: TypeEngine[Any], dialect: Dialect) -> Convert:
    return type_.dialect_impl(dialect).bind_processor(dialect) or _as_it_is


def _out_of(type_: TypeEngine[Any], dialect: Dialect) -> Convert:
    return type_.dialect_impl(dialect).result_processor(dialect, None) or _as_it_is
