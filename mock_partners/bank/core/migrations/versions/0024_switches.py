"""What operators stopped and started. Its rows are never changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mock_partners.bank.core.migrations import run_sql
from partner_adapters.kit.durable.columns import WHOLE, Moment, characters

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.create_table(
        "switch_entry",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("number", WHOLE, autoincrement=False, nullable=False),
        sa.Column("step", characters(8), nullable=False),
        sa.Column("kind", characters(8), nullable=False),
        sa.Column("name", characters(48), nullable=False),
        sa.Column("reason", characters(500), nullable=False),
        sa.Column("operator", characters(200), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("until", Moment(), nullable=True),
        sa.Column("proposal", WHOLE, nullable=True),
        sa.Column("proposed_by", characters(200), nullable=True),
        sa.CheckConstraint("step IN ('stop', 'propose', 'confirm')", name=op.f("switch_entry_step_known")),
        sa.CheckConstraint(
            "kind IN ('action', 'product', 'partner', 'party')", name=op.f("switch_entry_kind_known")
        ),
        sa.CheckConstraint(
            "(step = 'confirm') = (proposal IS NOT NULL) AND (step = 'confirm') = (proposed_by IS NOT NULL)",
            name=op.f("switch_entry_confirms_a_proposal"),
        ),
        sa.CheckConstraint("step <> 'confirm' OR until IS NOT NULL", name=op.f("switch_entry_confirmed_end")),
        sa.CheckConstraint("proposed_by <> operator", name=op.f("switch_entry_started_by_two")),
        sa.ForeignKeyConstraint(
            ["bank_id", "proposal", "proposed_by"],
            ["switch_entry.bank_id", "switch_entry.number", "switch_entry.operator"],
            name=op.f("switch_entry_bank_id_proposal_proposed_by_fkey"),
        ),
        sa.PrimaryKeyConstraint("bank_id", "number", name=op.f("switch_entry_pkey")),
        sa.UniqueConstraint(
            "bank_id", "number", "operator", name=op.f("switch_entry_bank_id_number_operator_key")
        ),
        sa.UniqueConstraint("bank_id", "proposal", name=op.f("switch_entry_bank_id_proposal_key")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("switch_entry_of_name", "switch_entry", ["bank_id", "kind", "name", "number"])
    run_sql(op.get_bind(), "0024_switches")
