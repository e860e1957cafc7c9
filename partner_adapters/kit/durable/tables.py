"""Tables of a party that keeps no migrations: made when missing, and given the columns that came later."""

from __future__ import annotations

from sqlalchemy import Connection, MetaData, inspect, text
from sqlalchemy.schema import CreateColumn


def create_missing(conn: Connection, metadata: MetaData) -> None:
    """Rows stay as they are; a column that came later needs a default in the database."""
    metadata.create_all(conn)
    there = inspect(conn)
    for table in metadata.sorted_tables:
        known = {column["name"] for column in there.get_columns(table.name)}
        for column in table.columns:
            if column.name not in known:
                described = CreateColumn(column).compile(dialect=conn.dialect)
                conn.execute(text(f'ALTER TABLE "{table.name}" ADD COLUMN {described}'))
