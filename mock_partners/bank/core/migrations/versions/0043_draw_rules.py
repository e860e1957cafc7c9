"""What each draw under a line is held to: the largest self-paid amount, and the bounds of its annual rate."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import DOCUMENT

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    op.add_column("credit_line", sa.Column("draw_rules", DOCUMENT, nullable=True))
