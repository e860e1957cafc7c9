"""For which action the session's check was made, where it serves one alone."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, String

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("session", Column("check_for", String(32)))
