"""One question about a row or two by their key, which every request asks: put to SQLite with nothing in between.

SQLAlchemy writes the statement and converts values, both once; asking through it costs ten times what SQLite takes for
the answer. On PostgreSQL, where the way to the server is what costs, it is asked like everything else.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Select
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeEngine

_DIALECT = sqlite.dialect(paramstyle="named")
Convert = Callable[[Any], Any]


class Glance:
    """`statement`: all its values are named parameters."""

    def __init__(self, statement: Select[Any]) -> None:
        self.statement = statement
        compiled = statement.compile(dialect=_DIALECT)
        self._sql = str(compiled)
        self._values = {name: _into(bind.type) for name, bind in compiled.binds.items()}
        columns = statement.selected_columns
        self._row = _rows([str(column.key) for column in columns])
        self._columns = [_out_of(column.type) for column in columns]

    def ask(self, file: sqlite3.Connection, values: Mapping[str, Any]) -> list[Any]:
        """Rows with the columns as attributes. Raises `sqlite3.Error`."""
        given = {name: into(values[name]) for name, into in self._values.items()}
        found = file.execute(self._sql, given).fetchall()
        return [
            self._row(*[out_of(value) for out_of, value in zip(self._columns, row, strict=True)])
            for row in found
        ]


def _rows(names: list[str]) -> Callable[..., Any]:
    return namedtuple("Row", names)


def _as_it_is(value: Any) -> Any:
    return value


def _into(type_: TypeEngine[Any]) -> Convert:
    return type_.dialect_impl(_DIALECT).bind_processor(_DIALECT) or _as_it_is


def _out_of(type_: TypeEngine[Any]) -> Convert:
    return type_.dialect_impl(_DIALECT).result_processor(_DIALECT, None) or _as_it_is
