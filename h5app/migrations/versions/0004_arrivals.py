"""People whom a host brings unasked."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, String, Text, UniqueConstraint

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "arrival",
        Column("arrival_hash", String(64), primary_key=True),
        Column("partner", String(48), nullable=False),
        Column("spent_hash", String(64), nullable=False),
        Column("binding_hash", String(64)),
        Column("login", Text, nullable=False),
        Column("return_to", Text, nullable=False),
        Column("lang", String(2)),
        Column("text_size", String(16)),
        Column("arrived_at", BigInteger, nullable=False),
        Column("used_at", BigInteger),
        UniqueConstraint("partner", "spent_hash", name="arrival_spent_once"),
    )
    op.create_index("arrival_binding_hash_idx", "arrival", ["binding_hash"])
    op.create_index("arrival_arrived_at_idx", "arrival", ["arrived_at"])
