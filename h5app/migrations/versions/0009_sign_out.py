"""The host's name for the login that opened a session, so that the host can end it."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, String

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("session", Column("host_session", String(255)))
    op.create_index("session_subject_idx", "session", ["subject"])
