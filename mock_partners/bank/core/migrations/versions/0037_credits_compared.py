"""The credits that settlement files listed, and what was booked of them on the day when each was compared."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import WHOLE

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    # Until now nothing was paid to a card, so that both were 0 on every day.
    for name in ("credits_fen", "paid_fen"):
        op.add_column("reconciled_day", sa.Column(name, WHOLE, nullable=False, server_default=sa.text("0")))
