"""Who first presented a partner's statement that has no nonce of ours."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import Moment, characters

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.create_table(
        "statement_holder",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("statement_hash", characters(64), nullable=False),
        sa.Column("holder_hash", characters(64), nullable=False),
        sa.Column("presented_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("bank_id", "statement_hash", name="statement_holder_pkey"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
