"""Which class of account an opening asks for, and requests to raise class III to II."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import Moment, characters

revision = "0035"
down_revision = "0034"

CLASS = "CONSTRAINT account_opening_class_known CHECK (account_class IN ('II', 'III'))"


def upgrade() -> None:
    kind = "TEXT" if op.get_bind().dialect.name == "sqlite" else "VARCHAR(3)"
    op.execute(f"ALTER TABLE account_opening ADD COLUMN account_class {kind} DEFAULT 'II' NOT NULL {CLASS}")
    op.create_table(
        "class_raise",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("intent", characters(64), nullable=False),
        sa.Column("account_id", characters(32), nullable=False),
        sa.Column("card_number", characters(19), nullable=True),
        sa.Column("card_phone", characters(11), nullable=True),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bank_id", "account_id"],
            ["account.bank_id", "account.account_id"],
            name=op.f("class_raise_bank_id_account_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "intent"],
            ["customer_order.bank_id", "customer_order.intent"],
            name=op.f("class_raise_bank_id_intent_fkey"),
        ),
        sa.PrimaryKeyConstraint("bank_id", "intent", name=op.f("class_raise_pkey")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
