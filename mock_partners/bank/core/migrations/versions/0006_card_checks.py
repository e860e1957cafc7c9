"""Checks by bank card and text message, and the methods by which each binding action was authorised."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import Moment

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "card_check",
        sa.Column("bank_id", sa.String(length=32), nullable=False),
        sa.Column("check_id", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=32), nullable=False),
        sa.Column("partner", sa.String(length=48), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.Column("card_number", sa.String(length=19), nullable=True),
        sa.Column("card_phone", sa.String(length=11), nullable=True),
        sa.Column("bank_name", sa.JSON(), nullable=False),
        sa.Column("last_four", sa.String(length=4), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("codes", sa.Integer(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("coded_at", Moment(), nullable=True),
        sa.Column("confirmed_at", Moment(), nullable=True),
        sa.Column("used_by_intent", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "state IN ('checking', 'sending', 'sent', 'confirmed', 'failed')",
            name=op.f("card_check_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "customer_id"],
            ["customer.bank_id", "customer.customer_id"],
            name=op.f("card_check_bank_id_customer_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("bank_id", "check_id", name=op.f("card_check_pkey")),
    )
    op.create_index("card_check_of_customer", "card_check", ["bank_id", "customer_id", "asked_at"])
    # Everything so far was done on a face check.
    op.add_column(
        "evidence_used", sa.Column("methods", sa.String(length=64), nullable=False, server_default="face")
    )
