"""When a page showed an order's outcome, and when a text message told of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import Moment

revision = "0010"
down_revision = "0009"

UNTOLD = sa.text("state = 'failed' AND seen_at IS NULL AND told_at IS NULL")


def upgrade() -> None:
    op.add_column("customer_order", sa.Column("seen_at", Moment(), nullable=True))
    op.add_column("customer_order", sa.Column("told_at", Moment(), nullable=True))
    # Orders that ended before this step are over: no customer is told of them now.
    op.execute("UPDATE customer_order SET seen_at = ended_at WHERE ended_at IS NOT NULL")
    op.create_index(
        "customer_order_untold",
        "customer_order",
        ["bank_id", "ended_at"],
        sqlite_where=UNTOLD,
        postgresql_where=UNTOLD,
    )
