"""Audit rows of customers and evidence. The first start after this step signs what stands: a migration has no key."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import FLAG, WHOLE, Moment, characters

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    op.create_table(
        "audit_row",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("table_name", characters(63), nullable=False),
        sa.Column("row_key", characters(1200), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("gone", FLAG, nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("key_id", characters(8), nullable=False),
        sa.Column("mac", characters(64), nullable=False),
        sa.Column("position", WHOLE, nullable=True),
        sa.Column("link", characters(64), nullable=True),
        sa.CheckConstraint("version >= 1", name=op.f("audit_row_version_counts")),
        sa.CheckConstraint(
            "(position IS NULL) = (link IS NULL)", name=op.f("audit_row_linked_wholly_or_not")
        ),
        sa.PrimaryKeyConstraint("bank_id", "table_name", "row_key", "version", name=op.f("audit_row_pkey")),
        sa.UniqueConstraint("bank_id", "position", name=op.f("audit_row_bank_id_position_key")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    unlinked = sa.text("position IS NULL")
    op.create_index(
        "audit_row_unlinked",
        "audit_row",
        ["bank_id", "made_at"],
        sqlite_where=unlinked,
        postgresql_where=unlinked,
    )
