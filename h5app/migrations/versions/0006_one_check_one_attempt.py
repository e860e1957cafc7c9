"""Which face check served an attempt: its number serves no other."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, String

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("login_transaction", Column("number_hash", String(64)))
    op.create_index(
        "login_transaction_number_once", "login_transaction", ["partner", "number_hash"], unique=True
    )
