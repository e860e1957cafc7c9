"""How two persons resolved differences, and what the comparison of each day found. Its rows are never changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import WHOLE, Moment, characters

revision = "0036"
down_revision = "0035"

COUNTS = ("matched", "missing_here", "missing_there", "amount_differs", "older_news", "explained")
ACTIONS = "'late_success', 'reversal', 'suspense', 'to_account', 'nothing'"
TWO_STEPS = "(step = 'confirm') = (proposal IS NOT NULL) AND (step = 'confirm') = (proposed_by IS NOT NULL)"


def upgrade() -> None:
    # Days compared before this step were not counted so.
    for name in COUNTS:
        op.add_column(
            "reconciled_day", sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text("0"))
        )
    _create_steps()
    confirmed = sa.text("step = 'confirm'")
    op.create_index(
        "difference_step_resolved_once",
        "difference_step",
        ["bank_id", "difference_id"],
        unique=True,
        sqlite_where=confirmed,
        postgresql_where=confirmed,
    )


def _create_steps() -> None:
    op.create_table(
        "difference_step",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("number", WHOLE, autoincrement=False, nullable=False),
        sa.Column("difference_id", characters(32), nullable=False),
        sa.Column("step", characters(8), nullable=False),
        sa.Column("action", characters(16), nullable=False),
        sa.Column("amount_fen", WHOLE, nullable=True),
        sa.Column("account_id", characters(32), nullable=True),
        sa.Column("reason", characters(500), nullable=False),
        sa.Column("operator", characters(200), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("proposal", WHOLE, nullable=True),
        sa.Column("proposed_by", characters(200), nullable=True),
        sa.CheckConstraint("step IN ('propose', 'confirm')", name=op.f("difference_step_step_known")),
        sa.CheckConstraint(f"action IN ({ACTIONS})", name=op.f("difference_step_action_known")),
        sa.CheckConstraint(
            "(action = 'nothing') = (amount_fen IS NULL)", name=op.f("difference_step_amount_where_booked")
        ),
        sa.CheckConstraint(
            "amount_fen IS NULL OR amount_fen > 0", name=op.f("difference_step_amount_positive")
        ),
        sa.CheckConstraint(TWO_STEPS, name=op.f("difference_step_confirms_a_proposal")),
        sa.CheckConstraint("proposed_by <> operator", name=op.f("difference_step_resolved_by_two")),
        sa.ForeignKeyConstraint(
            ["bank_id", "difference_id"],
            ["difference.bank_id", "difference.difference_id"],
            name=op.f("difference_step_bank_id_difference_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "account_id"],
            ["account.bank_id", "account.account_id"],
            name=op.f("difference_step_bank_id_account_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "proposal", "proposed_by", "difference_id", "action"],
            [
                f"difference_step.{name}"
                for name in ("bank_id", "number", "operator", "difference_id", "action")
            ],
            name="difference_step_as_proposed_fkey",
        ),
        sa.PrimaryKeyConstraint("bank_id", "number", name=op.f("difference_step_pkey")),
        sa.UniqueConstraint(
            "bank_id", "number", "operator", "difference_id", "action", name="difference_step_as_proposed_key"
        ),
        sa.UniqueConstraint("bank_id", "proposal", name=op.f("difference_step_bank_id_proposal_key")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
