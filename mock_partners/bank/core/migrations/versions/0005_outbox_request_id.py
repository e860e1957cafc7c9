"""The reference of the request that put a row into the outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column(
        "outbox", sa.Column("request_id", sa.String(length=16), nullable=False, server_default=sa.text("''"))
    )
