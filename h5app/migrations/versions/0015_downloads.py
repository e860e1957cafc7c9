"""One-time links to documents."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, String, Text

from partner_adapters.kit.durable.columns import Moment

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "download",
        Column("token_hash", String(64), primary_key=True),
        Column("partner", String(48), nullable=False),
        Column("customer_id", String(64), nullable=False),
        Column("session_ref", String(32), nullable=False),
        Column("document", String(16), nullable=False),
        Column("ids", Text, nullable=False),
        Column("file_name", String(120), nullable=False),
        Column("issued_at", Moment, nullable=False),
        Column("used_at", Moment),
    )
    op.create_index("download_issued_at_idx", "download", ["issued_at"])
