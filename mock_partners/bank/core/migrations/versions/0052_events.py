"""Events, and what a partner named at the launch under which an order was placed.

What stands gets its first events when the core starts.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import WHOLE, Moment, characters

revision = "0052"
down_revision = "0051"

SHAPE = {"sqlite_strict": True, "sqlite_with_rowid": False}
UNNUMBERED = sa.text("position IS NULL")
FIRST_OF_ORDER = sa.text("sequence = 1 AND order_reference IS NOT NULL")
FIRST_OF_REFERENCE = sa.text("sequence = 1 AND external_reference IS NOT NULL")


def upgrade() -> None:
    op.add_column("customer_order", sa.Column("external_reference", characters(64), nullable=True))
    op.create_table(
        "event",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("object", characters(12), nullable=False),
        sa.Column("object_id", characters(32), nullable=False),
        sa.Column("sequence", WHOLE, autoincrement=False, nullable=False),
        sa.Column("event_id", characters(36), nullable=False),
        sa.Column("type", characters(32), nullable=False),
        sa.Column("state", characters(16), nullable=False),
        sa.Column("customer_id", characters(32), nullable=False),
        sa.Column("partner", characters(48), nullable=False),
        sa.Column("order_reference", characters(16), nullable=True),
        sa.Column("product_code", characters(48), nullable=True),
        sa.Column("kind", characters(24), nullable=True),
        sa.Column("external_reference", characters(64), nullable=True),
        sa.Column("consent_id", characters(32), nullable=True),
        sa.Column("occurred_at", Moment(), nullable=False),
        sa.Column("position", WHOLE, nullable=True),
        sa.CheckConstraint(
            "sequence >= 1 AND (position IS NULL OR position >= 1)", name=op.f("event_counted_from_one")
        ),
        sa.CheckConstraint(
            "object IN ('account', 'order', 'application', 'contract', 'line', 'loan', 'consent')",
            name=op.f("event_object_known"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "consent_id"],
            ["consent.bank_id", "consent.consent_id"],
            name=op.f("event_bank_id_consent_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "customer_id"],
            ["customer.bank_id", "customer.customer_id"],
            name=op.f("event_bank_id_customer_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("bank_id", "object", "object_id", "sequence", name=op.f("event_pkey")),
        sa.UniqueConstraint("bank_id", "event_id", name=op.f("event_bank_id_event_id_key")),
        sa.UniqueConstraint("bank_id", "position", name=op.f("event_bank_id_position_key")),
        **SHAPE,
    )
    op.create_index("event_of_partner", "event", ["bank_id", "partner", "position"])
    for name, columns, where in (
        ("event_unnumbered", ["bank_id", "occurred_at"], UNNUMBERED),
        ("event_of_order", ["bank_id", "order_reference"], FIRST_OF_ORDER),
        ("event_of_reference", ["bank_id", "partner", "external_reference"], FIRST_OF_REFERENCE),
    ):
        op.create_index(name, "event", columns, sqlite_where=where, postgresql_where=where)
