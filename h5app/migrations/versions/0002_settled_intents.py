"""When the outcome of a placed intent was known here."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("placed_intent", Column("settled_at", BigInteger))
