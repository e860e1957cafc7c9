"""When the statement about a session's check ends."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column

from partner_adapters.kit.durable.columns import Moment

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("session", Column("check_ends_at", Moment))
