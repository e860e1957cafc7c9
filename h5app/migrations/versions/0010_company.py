"""The company for which the host says that a session's customer acts."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, String

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("session", Column("company", String(200)))
