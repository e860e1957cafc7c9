"""The span that put a row into the outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column(
        "outbox", sa.Column("traceparent", sa.String(length=55), nullable=False, server_default=sa.text("''"))
    )
