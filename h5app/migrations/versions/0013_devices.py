"""On which kind of device a session began, and why it ended where its customer is told."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, String

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("session", Column("device", String(16)))
    op.add_column("session", Column("ended_because", String(16)))
    # A new binding takes over the attempts of the one before it.
    op.create_index("login_transaction_binding_hash_idx", "login_transaction", ["binding_hash"])
    op.create_index("session_customer_id_idx", "session", ["customer_id"])
