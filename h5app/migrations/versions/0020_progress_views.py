"""Progress views: addresses for a partner's frame that shows how one request stands."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, String, UniqueConstraint

from partner_adapters.kit.durable.columns import Moment

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "progress_view",
        Column("view_id", String(32), primary_key=True),
        Column("partner", String(48), nullable=False),
        Column("secret_hash", String(64), nullable=False),
        Column("external_reference", String(64)),
        Column("order_reference", String(32)),
        Column("expires_at", Moment, nullable=False),
        UniqueConstraint("secret_hash", name="progress_view_secret_once"),
    )
    op.create_index("progress_view_expires_at_idx", "progress_view", ["expires_at"])
