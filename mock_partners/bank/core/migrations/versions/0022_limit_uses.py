"""Uses of limits that are counted in the database."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import Moment, characters

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.create_table(
        "limit_use",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("use_id", characters(32), nullable=False),
        sa.Column("limit_name", characters(48), nullable=False),
        sa.Column("used_for", characters(80), nullable=False),
        sa.Column("used_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("bank_id", "use_id", name=op.f("limit_use_pkey")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("limit_use_of_key", "limit_use", ["bank_id", "limit_name", "used_for", "used_at"])
