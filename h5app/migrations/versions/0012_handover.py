"""Who agreed to be handed over to the bank, and to which text a customer agreed who is still to enter."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, String, Text

from partner_adapters.kit.durable.columns import Moment

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "handover",
        Column("partner", String(48), primary_key=True),
        Column("subject_hash", String(64), primary_key=True),
        Column("customer_id", String(64), nullable=False),
        Column("withdrawn_at", Moment),
    )
    op.create_index("handover_customer_id_idx", "handover", ["customer_id"])
    op.add_column("arrival", Column("agreed_to", Text))
