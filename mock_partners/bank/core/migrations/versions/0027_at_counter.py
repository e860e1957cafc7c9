"""An application that ends at the counter, and the cases for what e-sign cannot make."""

from __future__ import annotations

from alembic import op

revision = "0027"
down_revision = "0026"

# Table, column, the values that its CHECK knew, and the new ones.
WIDENED = (
    (
        "application",
        "state",
        "'submitted', 'referred', 'declined', 'approved', 'contract_ready', 'signed', 'expired', 'cancelled'",
        "'at_counter'",
    ),
    ("service_case", "kind", "'referral', 'review', 'eligibility', 'complaint'", "'contract', 'certificate'"),
)


def upgrade() -> None:
    for table, column, known, new in WIDENED:
        if op.get_bind().dialect.name == "sqlite":
            _widen_check(table, known, new)
        else:
            name = op.f(f"{table}_{column}_known")
            op.drop_constraint(name, table, type_="check")
            op.create_check_constraint(name, table, f"{column} IN ({known}, {new})")


def _widen_check(table: str, known: str, new: str) -> None:
    """Let SQLite's table take the new values too.

    Rebuilding the table would rebuild all that refer to it. A CHECK that allows more needs no change of any row, so its
    text is edited, as SQLite's documentation of ALTER TABLE describes.
    """
    conn = op.get_bind()
    version = conn.exec_driver_sql("PRAGMA schema_version").scalar_one()
    conn.exec_driver_sql("PRAGMA writable_schema = ON")
    changed = conn.exec_driver_sql(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = ?",
        (f"({known})", f"({known}, {new})", table),
    )
    assert changed.rowcount == 1, f"the table {table} is not there"
    conn.exec_driver_sql(f"PRAGMA schema_version = {int(version) + 1}")
    conn.exec_driver_sql("PRAGMA writable_schema = OFF")
