"""Triggers that hold what each table declares, generated from the metadata.

`define_table` says which columns may change and whether rows may be deleted. A table that is added later is held
without a line of SQL. All guards are dropped before Alembic's steps, so that a step may rewrite rows, and installed
after them, in the same transaction. Rules of one table alone stand in `migrations/sql`.
"""

from __future__ import annotations

from sqlalchemy import Connection

from mock_partners.bank.core.migrations.guards import postgresql, sqlite
from mock_partners.bank.core.schema import metadata

_OF = {"sqlite": sqlite, "postgresql": postgresql}


def install(conn: Connection) -> None:
    """Make the database's guards those of the metadata. Does nothing where they are."""
    _OF[conn.dialect.name].install(conn, metadata)


def drop(conn: Connection) -> None:
    """Drop every guard."""
    _OF[conn.dialect.name].drop(conn)
