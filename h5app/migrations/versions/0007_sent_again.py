"""When an intent was last sent to the bank, and how many of its sendings the bank has not refused."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Integer

from partner_adapters.kit.durable.columns import Moment

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("placed_intent", Column("sent_at", Moment))
    op.add_column("placed_intent", Column("unrefused", Integer, nullable=False, server_default="1"))
