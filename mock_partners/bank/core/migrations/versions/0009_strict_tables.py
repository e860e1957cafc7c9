"""Journals name their subject, ledger accounts their role and owner; SQLite's tables are STRICT and WITHOUT ROWID.

SQLite cannot change what a table is, so each table is made anew and filled from the old one. Alembic's batch mode is
not used: it loses triggers, and its renames fail at a view that names the table.
"""

from __future__ import annotations

import re

from alembic import op
from sqlalchemy import Connection

from mock_partners.bank.core.migrations import read_sql, run_sql, run_statements

revision = "0009"
down_revision = "0008"

# The new columns of old rows. An accrual's intent was `<loan>:<day>`; every other journal has the intent of its order.
# A wallet's code was `wallet:<account>`. A journal whose order is missing gets an empty subject: the proof names it.
SUBJECT_KIND = "CASE j.kind WHEN 'top_up' THEN 'account' ELSE 'loan' END"
SUBJECT_ID = """
    COALESCE(CASE j.kind
      WHEN 'accrual' THEN substr(j.intent, 1, 32)
      WHEN 'top_up' THEN (
        SELECT a.account_id FROM customer_order o
        JOIN account a ON a.bank_id = o.bank_id AND a.customer_id = o.customer_id
        WHERE o.bank_id = j.bank_id AND o.intent = j.intent)
      WHEN 'drawdown' THEN (SELECT l.loan_id FROM loan l WHERE l.bank_id = j.bank_id AND l.intent = j.intent)
      WHEN 'repayment' THEN (SELECT r.loan_id FROM repayment r WHERE r.bank_id = j.bank_id AND r.intent = j.intent)
    END, '')
"""
ROLE = "CASE WHEN a.code LIKE 'wallet:%' THEN 'wallet' ELSE a.code END"
OWNER_ID = "CASE WHEN a.code LIKE 'wallet:%' THEN substr(a.code, 8) END"
# By table: its alias, and the new columns in terms of the old row.
FILLED = {
    "journal": ("j", {"subject_kind": SUBJECT_KIND, "subject_id": SUBJECT_ID}),
    "ledger_account": ("a", {"role": ROLE, "owner_id": OWNER_ID}),
}
TRIGGERS_AND_VIEWS = ("0001_ledger", "0002_origination", "0003_lending", "0009_keeping")


def upgrade() -> None:
    conn = op.get_bind()
    if conn.dialect.name == "sqlite":
        _rebuild_tables(conn)
        for name in TRIGGERS_AND_VIEWS:
            run_sql(conn, name)
    else:
        run_sql(conn, "0009_columns")
        run_statements(conn, map(_update, FILLED))
        run_sql(conn, "0009_keeping")


def _rebuild_tables(conn: Connection) -> None:
    created = read_sql(conn, "0009_tables")
    tables = re.findall(r"^CREATE TABLE (\w+)", "\n".join(created), re.MULTILINE)
    _drop_all(conn, "view", "trigger")
    columns = {table: _columns(conn, table) for table in tables}
    # Most databases that run this are new: an empty table is dropped, because SQLite's renames take most of the time.
    filled = [table for table in tables if conn.exec_driver_sql(f"SELECT 1 FROM {table} LIMIT 1").first()]  # noqa: S608
    for table in tables:
        _drop_all(conn, "index", of_table=table)
        # Renaming changes the references of the other old tables too, so that they stay valid among themselves.
        change = f"ALTER TABLE {table} RENAME TO old_{table}" if table in filled else f"DROP TABLE {table}"
        conn.exec_driver_sql(change)
    run_statements(conn, created)
    # Parents come first, because references are checked row by row; they are dropped last for the same reason.
    run_statements(conn, [_copy(table, columns[table]) for table in filled])
    run_statements(conn, [f"DROP TABLE old_{table}" for table in reversed(filled)])


def _drop_all(conn: Connection, *kinds: str, of_table: str = "") -> None:
    # An index without SQL belongs to a key of its table and goes with it.
    query = "SELECT type, name FROM sqlite_master WHERE sql IS NOT NULL AND (? = '' OR tbl_name = ?)"
    for kind, name in conn.exec_driver_sql(query, (of_table, of_table)).all():
        if kind in kinds:
            conn.exec_driver_sql(f"DROP {kind} {name}")


def _columns(conn: Connection, table: str) -> list[str]:
    return [row.name for row in conn.exec_driver_sql(f"PRAGMA table_info({table})")]


def _copy(table: str, columns: list[str]) -> str:
    alias, values = FILLED.get(table, ("old", {}))
    into = ", ".join([*columns, *values])
    taken = ", ".join([*(f"{alias}.{column}" for column in columns), *values.values()])
    return f"INSERT INTO {table} ({into}) SELECT {taken} FROM old_{table} {alias}"  # noqa: S608 (names of our own)


def _update(table: str) -> str:
    alias, values = FILLED[table]
    assigned = ", ".join(f"{column} = {value}" for column, value in values.items())
    return f"UPDATE {table} {alias} SET {assigned}"  # noqa: S608
