"""What a decision rested on, so that it can be made again, and what would have been approved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import DOCUMENT

revision = "0044"
down_revision = "0043"


def upgrade() -> None:
    for name in ("statements", "would_approve"):
        op.add_column("decision", sa.Column(name, DOCUMENT))
