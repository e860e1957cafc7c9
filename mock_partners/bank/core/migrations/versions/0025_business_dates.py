"""The business date of each bank, and operators' confirmations of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import DAY, FLAG, Moment, characters

revision = "0025"
down_revision = "0024"

# A bank that has closed days is on the day after the last of them. Others begin at their next start.
DAY_AFTER = {"sqlite": "date(MAX(day), '+1 day')", "postgresql": "MAX(day) + 1"}
OPEN = {"sqlite": "1", "postgresql": "true"}


def upgrade() -> None:
    op.create_table(
        "business_date",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("day", DAY, nullable=False),
        sa.Column("is_open", FLAG, nullable=False),
        sa.PrimaryKeyConstraint("bank_id", name=op.f("business_date_pkey")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "date_confirmation",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("day", DAY, nullable=False),
        sa.Column("from_day", DAY, nullable=False),
        sa.Column("confirmed_by", characters(200), nullable=False),
        sa.Column("confirmed_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("bank_id", "day", name=op.f("date_confirmation_pkey")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    database = op.get_bind().dialect.name
    op.execute(
        "INSERT INTO business_date (bank_id, day, is_open)"  # noqa: S608 (constants of this file)
        f" SELECT bank_id, {DAY_AFTER[database]}, {OPEN[database]} FROM day_close GROUP BY bank_id"
    )
