"""Tables of a party without migrations: created if missing, and extended by columns of later versions."""

from __future__ import annotations

from sqlalchemy import Connection, MetaData, inspect, text
from sqlalchemy.schema import CreateColumn


def create_missing(conn: Connection, metadata: MetaData) -> None:
    """Create missing tables and add missing columns in the caller's transaction. Existing rows are kept.

    A column added to an existing table needs a default in the database.
    """
    metadata.create_all(conn)
    inspector = inspect(conn)
    for table in metadata.sorted_tables:
        known = {column["name"] for column in inspector.get_columns(table.name)}
        for column in table.columns:
            if column.name not in known:
                definition = CreateColumn(column).compile(dialect=conn.dialect)
                conn.execute(text(f'ALTER TABLE "{table.name}" ADD COLUMN {definition}'))
