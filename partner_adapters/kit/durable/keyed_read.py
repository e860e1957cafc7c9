"""Read a few rows by their key with one statement that is sent straight to the database's driver.

Every page request reads its session in this way. Through SQLAlchemy, a transaction and another thread, that read would
take ten times as long. A reader does not wait for a database that cannot answer at once: `Store.read_by_key` then reads
the same rows by `Store.read`.
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


class KeyedRead:
    """A SELECT whose values are all named parameters, compiled once for each kind of database."""

    def __init__(self, statement: Select[Any]) -> None:
        self.statement = statement
        self.for_sqlite = _Compiled(statement, sqlite.dialect(paramstyle="named"))
        self.for_postgres = _Compiled(statement, make_url("postgresql+psycopg://").get_dialect()())


class _Compiled:
    """The SQL text of a statement, and the conversions of its parameters and rows by their column types."""

    def __init__(self, statement: Select[Any], dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        self._parameters = {
            name: bind.type.dialect_impl(dialect).bind_processor(dialect) or _unchanged
            for name, bind in compiled.binds.items()
        }
        columns = statement.selected_columns
        self._row = _row_type([str(column.key) for column in columns])
        self._columns = [_result_converter(column.type, dialect) for column in columns]

    def parameters(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: convert(values[name]) for name, convert in self._parameters.items()}

    def rows(self, rows: Sequence[Sequence[Any]]) -> list[Any]:
        """Return the driver's rows with the columns as attributes."""
        return [
            self._row(*[convert(value) for convert, value in zip(self._columns, row, strict=True)])
            for row in rows
        ]


class KeyedReader(Protocol):
    """One open connection to one kind of database, used for keyed reads only."""

    async def rows(self, read: KeyedRead, values: Mapping[str, Any]) -> list[Any] | None:
        """Return the rows, or None where the database cannot answer now."""

    def close(self) -> None: ...


class SqliteReader:
    """Reads on the event loop's thread. `engine` must neither wait for locks nor open transactions."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: PoolProxiedConnection | None = None

    async def rows(self, read: KeyedRead, values: Mapping[str, Any]) -> list[Any] | None:
        compiled = read.for_sqlite
        try:
            self._connection = self._connection or self._engine.raw_connection()
            driver = cast(sqlite3.Connection, self._connection.dbapi_connection)
            return compiled.rows(driver.execute(compiled.sql, compiled.parameters(values)).fetchall())
        except (DBAPIError, sqlite3.Error):
            self._disconnect()
            return None

    def close(self) -> None:
        self._disconnect()
        self._engine.dispose()

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


class PostgresReader:
    """Reads through psycopg's asynchronous connection. `engine` only supplies the connection parameters."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: psycopg.AsyncConnection[Any] | None = None
        # Without this lock, requests that arrive together would each open a connection.
        self._connecting = asyncio.Lock()

    async def rows(self, read: KeyedRead, values: Mapping[str, Any]) -> list[Any] | None:
        compiled, connection = read.for_postgres, None
        try:
            connection = await self._connect()
            cursor = await connection.execute(compiled.sql, compiled.parameters(values))
            return compiled.rows(await cursor.fetchall())
        except psycopg.Error:
            # Another request may already have replaced the broken connection.
            if connection is self._connection:
                self.close()
            return None

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        async with self._connecting:
            if self._connection is None:
                _, where = self._engine.dialect.create_connect_args(self._engine.url)
                self._connection = await psycopg.AsyncConnection.connect(**where, autocommit=True)
            return self._connection

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            # An asynchronous connection's own `close` does no more than this, and can only be awaited.
            connection.pgconn.finish()


def _row_type(names: list[str]) -> Callable[..., Any]:
    return namedtuple("Row", names)


def _result_converter(type_: TypeEngine[Any], dialect: Dialect) -> Convert:
    return type_.dialect_impl(dialect).result_processor(dialect, None) or _unchanged


def _unchanged(value: Any) -> Any:
    return value
