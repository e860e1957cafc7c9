"""The days that were compared with the card network's settlement file."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import Moment

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "reconciled_day",
        sa.Column("bank_id", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("transfers", sa.Integer(), nullable=False),
        sa.Column("debits_fen", sa.BigInteger(), nullable=False),
        sa.Column("differences", sa.Integer(), nullable=False),
        sa.Column("reconciled_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("bank_id", "day", name=op.f("reconciled_day_pkey")),
    )
