"""How strong the last check was, beside when it was made; a partner may leave the time unsaid."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, String

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.batch_alter_table("session") as session:
        # Until now every session began with a face check.
        session.add_column(Column("methods", String(64), nullable=False, server_default="face"))
        session.add_column(Column("assurance", String(255)))
        session.alter_column("checked_at", existing_type=BigInteger, nullable=True)
