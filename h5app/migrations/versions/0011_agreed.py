"""When a customer agreed to be handed over by a host, and whose arrival it is without opening what is sealed."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, String

from partner_adapters.kit.durable.columns import Moment

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("arrival", Column("agreed_at", Moment))
    op.add_column("arrival", Column("subject_hash", String(64)))
