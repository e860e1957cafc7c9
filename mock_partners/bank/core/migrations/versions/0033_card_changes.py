"""Changes of the bound card: what each asks for, and the cards that were bound before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import DOCUMENT, Moment, characters

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    op.create_table(
        "card_change",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("intent", characters(64), nullable=False),
        sa.Column("customer_id", characters(32), nullable=False),
        sa.Column("card_number", characters(19), nullable=True),
        sa.Column("card_phone", characters(11), nullable=True),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bank_id", "customer_id"],
            ["customer.bank_id", "customer.customer_id"],
            name=op.f("card_change_bank_id_customer_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "intent"],
            ["customer_order.bank_id", "customer_order.intent"],
            name=op.f("card_change_bank_id_intent_fkey"),
        ),
        sa.PrimaryKeyConstraint("bank_id", "intent", name=op.f("card_change_pkey")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "earlier_card",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("changed_by_intent", characters(64), nullable=False),
        sa.Column("account_id", characters(32), nullable=False),
        sa.Column("card_token", characters(64), nullable=False),
        sa.Column("bank_code", characters(16), nullable=False),
        sa.Column("bank_name", DOCUMENT, nullable=False),
        sa.Column("last_four", characters(4), nullable=False),
        sa.Column("bound_at", Moment(), nullable=False),
        sa.Column("unbound_at", Moment(), nullable=False),
        sa.CheckConstraint("bound_at <= unbound_at", name=op.f("earlier_card_ends_after_it_begins")),
        sa.ForeignKeyConstraint(
            ["bank_id", "account_id"],
            ["account.bank_id", "account.account_id"],
            name=op.f("earlier_card_bank_id_account_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "changed_by_intent"],
            ["customer_order.bank_id", "customer_order.intent"],
            name=op.f("earlier_card_bank_id_changed_by_intent_fkey"),
        ),
        sa.PrimaryKeyConstraint("bank_id", "changed_by_intent", name=op.f("earlier_card_pkey")),
        sa.UniqueConstraint(
            "bank_id", "account_id", "bound_at", name=op.f("earlier_card_bank_id_account_id_bound_at_key")
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
