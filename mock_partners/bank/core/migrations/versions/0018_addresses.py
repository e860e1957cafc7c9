"""Changes of customers' addresses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import Moment, characters

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "address_change",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("change_id", characters(32), nullable=False),
        sa.Column("account_id", characters(32), nullable=False),
        sa.Column("partner", characters(48), nullable=False),
        sa.Column("earlier_address", characters(120), nullable=False),
        sa.Column("earlier_stated_at", Moment(), nullable=False),
        sa.Column("address", characters(120), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bank_id", "account_id"],
            ["account.bank_id", "account.account_id"],
            name=op.f("address_change_bank_id_account_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("bank_id", "change_id", name=op.f("address_change_pkey")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
