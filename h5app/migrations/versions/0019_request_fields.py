"""Which field a refusal in the log of requests is about."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, String

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("partner_request", Column("field", String(64)))
