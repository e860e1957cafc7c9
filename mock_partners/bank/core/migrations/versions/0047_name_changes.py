"""Changes of customers' names, and the cases of those that a person decides."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import Moment, characters

revision = "0047"
down_revision = "0046"

KNOWN = "'referral', 'review', 'eligibility', 'complaint', 'contract', 'certificate'"
NEW = "'name'"


def upgrade() -> None:
    op.create_table(
        "name_change",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("change_id", characters(32), nullable=False),
        sa.Column("customer_id", characters(32), nullable=False),
        sa.Column("partner", characters(48), nullable=False),
        sa.Column("earlier_name", characters(64), nullable=False),
        sa.Column("name", characters(64), nullable=False),
        sa.Column("evidence_digest", characters(64), nullable=False),
        sa.Column("stated_at", Moment(), nullable=False),
        sa.Column("state", characters(8), nullable=False),
        sa.Column("reason", characters(16), nullable=False),
        sa.Column("decided_at", Moment(), nullable=True),
        sa.Column("decided_by", characters(200), nullable=True),
        sa.CheckConstraint(
            "state IN ('checking', 'referred', 'accepted', 'refused')", name=op.f("name_change_state_known")
        ),
        sa.CheckConstraint(
            "(state IN ('accepted', 'refused')) = (decided_at IS NOT NULL)",
            name=op.f("name_change_decided_once"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "customer_id"],
            ["customer.bank_id", "customer.customer_id"],
            name=op.f("name_change_bank_id_customer_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("bank_id", "change_id", name=op.f("name_change_pkey")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("name_change_of_customer", "name_change", ["bank_id", "customer_id", "stated_at"])
    if op.get_bind().dialect.name == "sqlite":
        _widen_check()
        return
    name = op.f("service_case_kind_known")
    op.drop_constraint(name, "service_case", type_="check")
    op.create_check_constraint(name, "service_case", f"kind IN ({KNOWN}, {NEW})")


def _widen_check() -> None:
    """Let SQLite's table take the new kind too, as migration 0027 does: no row changes, so the text is edited."""
    conn = op.get_bind()
    version = conn.exec_driver_sql("PRAGMA schema_version").scalar_one()
    conn.exec_driver_sql("PRAGMA writable_schema = ON")
    changed = conn.exec_driver_sql(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'service_case'",
        (f"({KNOWN})", f"({KNOWN}, {NEW})"),
    )
    assert changed.rowcount == 1, "the table service_case is not there"
    conn.exec_driver_sql(f"PRAGMA schema_version = {int(version) + 1}")
    conn.exec_driver_sql("PRAGMA writable_schema = OFF")
