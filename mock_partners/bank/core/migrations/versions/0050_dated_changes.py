"""Changes by two persons in two layers, and the editions of products under which applications were made.

The seeds of a release are the province's first versions from here on, so what was stored for each bank goes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import DAY, DOCUMENT, WHOLE, Moment, characters

revision = "0050"
down_revision = "0049"

SHAPE = {"sqlite_strict": True, "sqlite_with_rowid": False}


def upgrade() -> None:
    op.drop_table("product_parameter")
    op.drop_table("product_version")
    _create_changes()
    op.create_table(
        "product_edition",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("sha256", characters(64), nullable=False),
        sa.Column("code", characters(48), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("first_used_at", Moment(), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("product_edition_version_counts")),
        sa.PrimaryKeyConstraint("bank_id", "sha256", name=op.f("product_edition_pkey")),
        **SHAPE,
    )
    op.add_column("application", sa.Column("product_sha256", characters(64), nullable=True))


def _create_changes() -> None:
    op.create_table(
        "dated_change",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("number", WHOLE, autoincrement=False, nullable=False),
        sa.Column("kind", characters(12), nullable=False),
        sa.Column("name", characters(48), nullable=False),
        sa.Column("content", DOCUMENT, nullable=False),
        sa.Column("sha256", characters(64), nullable=False),
        sa.Column("effective_on", DAY, nullable=False),
        sa.Column("reason", characters(500), nullable=False),
        sa.Column("proposed_by", characters(200), nullable=False),
        sa.Column("proposed_at", Moment(), nullable=False),
        sa.Column("undoes", WHOLE, nullable=True),
        sa.CheckConstraint(
            "kind IN ('product', 'override', 'parameter')", name=op.f("dated_change_kind_known")
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "undoes"],
            ["dated_change.bank_id", "dated_change.number"],
            name=op.f("dated_change_bank_id_undoes_fkey"),
        ),
        sa.PrimaryKeyConstraint("bank_id", "number", name=op.f("dated_change_pkey")),
        sa.UniqueConstraint(
            "bank_id", "number", "proposed_by", name=op.f("dated_change_bank_id_number_proposed_by_key")
        ),
        **SHAPE,
    )
    op.create_index("dated_change_of_name", "dated_change", ["bank_id", "kind", "name", "number"])
    op.create_table(
        "change_decision",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("number", WHOLE, autoincrement=False, nullable=False),
        sa.Column("outcome", characters(8), nullable=False),
        sa.Column("reason", characters(500), nullable=False),
        sa.Column("proposed_by", characters(200), nullable=False),
        sa.Column("decided_by", characters(200), nullable=False),
        sa.Column("decided_at", Moment(), nullable=False),
        sa.CheckConstraint("outcome IN ('approved', 'refused')", name=op.f("change_decision_outcome_known")),
        sa.CheckConstraint("decided_by <> proposed_by", name=op.f("change_decision_decided_by_another")),
        sa.ForeignKeyConstraint(
            ["bank_id", "number", "proposed_by"],
            ["dated_change.bank_id", "dated_change.number", "dated_change.proposed_by"],
            name=op.f("change_decision_bank_id_number_proposed_by_fkey"),
        ),
        sa.PrimaryKeyConstraint("bank_id", "number", name=op.f("change_decision_pkey")),
        **SHAPE,
    )
