"""What each answer of a source cost."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import WHOLE

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    op.add_column("source_answer", sa.Column("cost_fen", WHOLE, nullable=True))
