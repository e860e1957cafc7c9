"""The bank's own list of persons and businesses it does not lend to, with the steps of each entry's record."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import DAY, WHOLE, Moment, characters

revision = "0051"
down_revision = "0050"

SHAPE = {"sqlite_strict": True, "sqlite_with_rowid": False}


def upgrade() -> None:
    op.create_table(
        "blacklist_entry",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("number", WHOLE, autoincrement=False, nullable=False),
        sa.Column("subject", characters(18), nullable=False),
        sa.Column("reason", characters(16), nullable=False),
        sa.Column("source", characters(500), nullable=False),
        sa.Column("begins_on", DAY, nullable=False),
        sa.Column("ends_on", DAY, nullable=False),
        sa.CheckConstraint(
            "reason IN ('untrue', 'misuse', 'evasion', 'law')", name=op.f("blacklist_entry_reason_known")
        ),
        sa.CheckConstraint("ends_on >= begins_on", name=op.f("blacklist_entry_ends_once_begun")),
        sa.PrimaryKeyConstraint("bank_id", "number", name=op.f("blacklist_entry_pkey")),
        **SHAPE,
    )
    op.create_index("blacklist_entry_of_subject", "blacklist_entry", ["bank_id", "subject", "number"])
    op.create_table(
        "blacklist_step",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("number", WHOLE, autoincrement=False, nullable=False),
        sa.Column("step_number", WHOLE, autoincrement=False, nullable=False),
        sa.Column("step", characters(12), nullable=False),
        sa.Column("note", characters(500), nullable=False),
        sa.Column("operator", characters(200), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("proposal", WHOLE, nullable=True),
        sa.Column("proposed_by", characters(200), nullable=True),
        sa.CheckConstraint(
            "step IN ('propose', 'approve', 'refuse', 'propose_lift', 'lift', 'keep')",
            name=op.f("blacklist_step_step_known"),
        ),
        sa.CheckConstraint(
            "(step IN ('propose', 'propose_lift')) = (proposal IS NULL)"
            " AND (proposal IS NULL) = (proposed_by IS NULL)",
            name=op.f("blacklist_step_decides_a_proposal"),
        ),
        sa.CheckConstraint("proposed_by <> operator", name=op.f("blacklist_step_decided_by_another")),
        sa.ForeignKeyConstraint(
            ["bank_id", "number"],
            ["blacklist_entry.bank_id", "blacklist_entry.number"],
            name=op.f("blacklist_step_bank_id_number_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "number", "proposal", "proposed_by"],
            [f"blacklist_step.{name}" for name in ("bank_id", "number", "step_number", "operator")],
            name=op.f("blacklist_step_bank_id_number_proposal_proposed_by_fkey"),
        ),
        sa.PrimaryKeyConstraint("bank_id", "number", "step_number", name=op.f("blacklist_step_pkey")),
        sa.UniqueConstraint(
            "bank_id",
            "number",
            "step_number",
            "operator",
            name=op.f("blacklist_step_bank_id_number_step_number_operator_key"),
        ),
        sa.UniqueConstraint(
            "bank_id", "number", "proposal", name=op.f("blacklist_step_bank_id_number_proposal_key")
        ),
        **SHAPE,
    )
