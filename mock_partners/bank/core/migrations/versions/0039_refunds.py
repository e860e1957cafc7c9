"""Refunds out of suspense to a card. What a withdrawal counted is given back also where it was reversed."""

from __future__ import annotations

from alembic import op

from mock_partners.bank.core.migrations import run_sql

revision = "0039"
down_revision = "0038"

KNOWN = "'late_success', 'reversal', 'suspense', 'to_account', 'nothing'"
WIDENED = "'late_success', 'reversal', 'suspense', 'to_account', 'to_card', 'nothing'"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _widen_check()
    else:
        name = op.f("difference_step_action_known")
        op.drop_constraint(name, "difference_step", type_="check")
        op.create_check_constraint(name, "difference_step", f"action IN ({WIDENED})")
    run_sql(op.get_bind(), "0039_refunds")


def _widen_check() -> None:
    """Let SQLite's table take the new action too. See 0027 for why this way."""
    conn = op.get_bind()
    version = conn.exec_driver_sql("PRAGMA schema_version").scalar_one()
    conn.exec_driver_sql("PRAGMA writable_schema = ON")
    changed = conn.exec_driver_sql(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'difference_step'",
        (f"({KNOWN})", f"({WIDENED})"),
    )
    assert changed.rowcount == 1, "the table difference_step is not there"
    conn.exec_driver_sql(f"PRAGMA schema_version = {int(version) + 1}")
    conn.exec_driver_sql("PRAGMA writable_schema = OFF")
