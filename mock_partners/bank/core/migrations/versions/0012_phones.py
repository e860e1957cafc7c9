"""The phone number that a partner states for a customer whom the bank reaches at another."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import Moment, characters

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "customer_phone",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("customer_id", characters(32), nullable=False),
        sa.Column("partner", characters(48), nullable=False),
        sa.Column("phone", characters(16), nullable=False),
        sa.Column("stated_at", Moment(), nullable=False),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("replaced_phone", characters(16), nullable=True),
        sa.ForeignKeyConstraint(
            ["bank_id", "customer_id"],
            ["customer.bank_id", "customer.customer_id"],
            name=op.f("customer_phone_bank_id_customer_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("bank_id", "customer_id", "partner", name=op.f("customer_phone_pkey")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
