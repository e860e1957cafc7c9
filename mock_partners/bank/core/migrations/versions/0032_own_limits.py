"""The limits that customers set themselves on what leaves their account."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import WHOLE, Moment, characters

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    op.create_table(
        "own_limit",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("account_id", characters(32), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("each_fen", WHOLE, nullable=True),
        sa.Column("day_fen", WHOLE, nullable=True),
        sa.Column("intent", characters(64), nullable=False),
        sa.Column("stated_at", Moment(), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("own_limit_version_counts")),
        sa.CheckConstraint("each_fen IS NULL OR each_fen >= 0", name=op.f("own_limit_each_not_negative")),
        sa.CheckConstraint("day_fen IS NULL OR day_fen >= 0", name=op.f("own_limit_day_not_negative")),
        sa.ForeignKeyConstraint(
            ["bank_id", "account_id"],
            ["account.bank_id", "account.account_id"],
            name=op.f("own_limit_bank_id_account_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "intent"],
            ["customer_order.bank_id", "customer_order.intent"],
            name=op.f("own_limit_bank_id_intent_fkey"),
        ),
        sa.PrimaryKeyConstraint("bank_id", "account_id", "version", name=op.f("own_limit_pkey")),
        sa.UniqueConstraint("bank_id", "intent", name=op.f("own_limit_bank_id_intent_key")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
