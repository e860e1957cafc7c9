"""The bank's business time of events. Those that are there keep none: the clock's moves are not recorded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import Moment

revision = "0054"
down_revision = "0053"


def upgrade() -> None:
    op.add_column("event", sa.Column("business_at", Moment(), nullable=True))
