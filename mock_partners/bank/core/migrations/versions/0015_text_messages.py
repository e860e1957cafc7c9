"""Which kinds of text messages a customer turned off, and the language of the customer's text messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import Moment, characters

revision = "0015"
down_revision = "0014"

STILL_OFF = sa.text("on_at IS NULL")


def upgrade() -> None:
    op.add_column("customer", sa.Column("lang", characters(2), nullable=False, server_default="zh"))
    op.create_table(
        "text_messages_turned_off",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("choice_id", characters(32), nullable=False),
        sa.Column("customer_id", characters(32), nullable=False),
        sa.Column("kind", characters(32), nullable=False),
        sa.Column("off_at", Moment(), nullable=False),
        sa.Column("on_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["bank_id", "customer_id"],
            ["customer.bank_id", "customer.customer_id"],
            name=op.f("text_messages_turned_off_bank_id_customer_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("bank_id", "choice_id", name=op.f("text_messages_turned_off_pkey")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        "text_messages_still_off",
        "text_messages_turned_off",
        ["bank_id", "customer_id", "kind"],
        unique=True,
        sqlite_where=STILL_OFF,
        postgresql_where=STILL_OFF,
    )
