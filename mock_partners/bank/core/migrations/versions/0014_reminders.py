"""Reminders of payments, and the days on which they were sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import DAY, WHOLE, Moment, characters

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "reminder",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("loan_id", characters(32), nullable=False),
        sa.Column("due_on", DAY, nullable=False),
        sa.Column("kind", characters(8), nullable=False),
        sa.Column("customer_id", characters(32), nullable=False),
        sa.Column("amount_fen", WHOLE, nullable=False),
        sa.Column("missing_fen", WHOLE, nullable=False),
        sa.Column("sent_at", Moment(), nullable=False),
        sa.CheckConstraint("kind IN ('coming', 'today')", name=op.f("reminder_kind_known")),
        sa.CheckConstraint("amount_fen > 0 AND missing_fen >= 0", name=op.f("reminder_amounts_sensible")),
        sa.ForeignKeyConstraint(
            ["bank_id", "loan_id"],
            ["loan.bank_id", "loan.loan_id"],
            name=op.f("reminder_bank_id_loan_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "customer_id"],
            ["customer.bank_id", "customer.customer_id"],
            name=op.f("reminder_bank_id_customer_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("bank_id", "loan_id", "due_on", "kind", name=op.f("reminder_pkey")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("reminder_of_customer", "reminder", ["bank_id", "customer_id", "sent_at"])
    op.create_table(
        "reminder_day",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("day", DAY, nullable=False),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("done_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("bank_id", "day", name=op.f("reminder_day_pkey")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
