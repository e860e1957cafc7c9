"""What a login or a face check came to, for the same answer that comes a second time."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, String, Text

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("login_transaction", Column("answer_hash", String(64)))
    op.add_column("login_transaction", Column("outcome", Text))
    op.add_column("arrival", Column("outcome", Text))
