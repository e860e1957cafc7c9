"""What was booked on a day when its settlement file was compared."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import WHOLE

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    op.add_column(
        "reconciled_day", sa.Column("booked_fen", WHOLE, nullable=False, server_default=sa.text("0"))
    )
    # Days compared before this step: what stands on them now. Their own rule has compared it with the file all along.
    op.execute(
        """
        UPDATE reconciled_day SET booked_fen = COALESCE((
            SELECT SUM(p.amount_fen) FROM journal j
            JOIN posting p ON p.bank_id = j.bank_id AND p.journal_id = j.journal_id
            WHERE j.bank_id = reconciled_day.bank_id AND j.value_date = reconciled_day.day
              AND j.kind = 'top_up' AND p.debit_code = 'network.clearing'), 0)
        """
    )
