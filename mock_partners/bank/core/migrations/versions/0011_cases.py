"""Cases for a person of the bank; an application that waits for a person can be cancelled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Connection

from partner_adapters.kit.durable.columns import DAY, FLAG, Moment, characters

revision = "0011"
down_revision = "0010"

KNOWN = "'submitted', 'referred', 'declined', 'approved', 'contract_ready', 'signed', 'expired'"
OPEN = "state = 'open' AND kind <> 'complaint'"


def upgrade() -> None:
    conn = op.get_bind()
    if conn.dialect.name == "sqlite":
        _widen_check(conn)
    else:
        op.drop_constraint(op.f("application_state_known"), "application", type_="check")
        op.create_check_constraint(
            op.f("application_state_known"), "application", f"state IN ({KNOWN}, 'cancelled')"
        )
    op.create_table(
        "service_case",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("case_id", characters(32), nullable=False),
        sa.Column("number", characters(16), nullable=False),
        sa.Column("kind", characters(16), nullable=False),
        sa.Column("partner", characters(48), nullable=False),
        sa.Column("customer_id", characters(32), nullable=True),
        sa.Column("subject", characters(48), nullable=False),
        sa.Column("note", characters(1000), nullable=False),
        sa.Column("contact_name", characters(64), nullable=True),
        sa.Column("contact_phone", characters(16), nullable=True),
        sa.Column("state", characters(9), nullable=False),
        sa.Column("opened_at", Moment(), nullable=False),
        sa.Column("answer_days", sa.Integer(), nullable=False),
        sa.Column("in_working_days", FLAG, nullable=False),
        sa.Column("answer_by", DAY, nullable=False),
        sa.Column("answer", characters(2000), nullable=True),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('referral', 'review', 'eligibility', 'complaint')",
            name=op.f("service_case_kind_known"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'answered', 'cancelled')", name=op.f("service_case_state_known")
        ),
        sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name=op.f("service_case_closed_once")),
        sa.CheckConstraint(
            "customer_id IS NOT NULL OR (contact_name IS NOT NULL AND contact_phone IS NOT NULL)",
            name=op.f("service_case_can_be_answered"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "customer_id"],
            ["customer.bank_id", "customer.customer_id"],
            name=op.f("service_case_bank_id_customer_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("bank_id", "case_id", name=op.f("service_case_pkey")),
        sa.UniqueConstraint("bank_id", "number", name=op.f("service_case_bank_id_number_key")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("service_case_of_customer", "service_case", ["bank_id", "customer_id", "opened_at"])
    op.create_index("service_case_by_deadline", "service_case", ["bank_id", "state", "answer_by"])
    op.create_index(
        "service_case_one_open",
        "service_case",
        ["bank_id", "customer_id", "kind", "subject"],
        unique=True,
        sqlite_where=sa.text(OPEN),
        postgresql_where=sa.text(OPEN),
    )


def _widen_check(conn: Connection) -> None:
    """Let SQLite's table take the new state too.

    Rebuilding the table would rebuild all that refer to it. A CHECK that allows more needs no change of any row, so its
    text is edited, as SQLite's documentation of ALTER TABLE describes.
    """
    version = conn.exec_driver_sql("PRAGMA schema_version").scalar_one()
    conn.exec_driver_sql("PRAGMA writable_schema = ON")
    changed = conn.exec_driver_sql(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'application'",
        (f"({KNOWN})", f"({KNOWN}, 'cancelled')"),
    )
    assert changed.rowcount == 1, "the table application is not there"
    conn.exec_driver_sql(f"PRAGMA schema_version = {int(version) + 1}")
    conn.exec_driver_sql("PRAGMA writable_schema = OFF")
