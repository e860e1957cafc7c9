"""Who refused on the home page that the partner is told how things stand."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, String

from partner_adapters.kit.durable.columns import Moment

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "status_refusal",
        Column("partner", String(48), primary_key=True),
        Column("customer_id", String(64), primary_key=True),
        Column("refused_at", Moment, nullable=False),
    )
