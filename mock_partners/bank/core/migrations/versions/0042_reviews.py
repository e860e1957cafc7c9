"""Reviews: what the staff did about an application, and which person made a decision."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import DAY, DOCUMENT, WHOLE, Moment, characters

revision = "0042"
down_revision = "0041"

SHAPE = {"sqlite_strict": True, "sqlite_with_rowid": False}
CHECKS = {
    "step_known": "step IN ('propose', 'approve', 'confirm', 'decline', 'ask', 'answer')",
    "by_whom": "(step = 'answer') = (operator IS NULL)",
    "approval_has_terms": "(step IN ('propose', 'approve', 'confirm')) = (limit_fen IS NOT NULL)"
    " AND (limit_fen IS NULL) = (rate_ppm IS NULL) AND (limit_fen IS NULL) = (line_months IS NULL)",
    "limit_positive": "limit_fen IS NULL OR limit_fen > 0",
    "asked_until": "(step = 'ask') = (until IS NOT NULL)",
    "confirms_a_proposal": "(step = 'confirm') = (proposal IS NOT NULL)"
    " AND (step = 'confirm') = (proposed_by IS NOT NULL)",
    "approved_by_two": "proposed_by <> operator",
}
TERMS = ["limit_fen", "rate_ppm", "line_months"]


def upgrade() -> None:
    _create_steps()
    text = "TEXT" if op.get_bind().dialect.name == "sqlite" else "VARCHAR(200)"
    # No person has decided before this version: see `credit/reviews.py` of it.
    op.execute(
        f"ALTER TABLE decision ADD COLUMN operator {text} CONSTRAINT decision_person_named"
        " CHECK ((decided_by = 'person') = (operator IS NOT NULL))"
    )
    op.execute(
        "ALTER TABLE decision ADD COLUMN review_step INTEGER CONSTRAINT decision_step_named"
        " CHECK ((operator IS NULL) = (review_step IS NULL))"
    )


def _create_steps() -> None:
    op.create_table(
        "review_step",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("application_id", characters(32), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step", characters(8), nullable=False),
        sa.Column("operator", characters(200), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("note", characters(500), nullable=False),
        sa.Column("message", characters(500), nullable=False),
        sa.Column("limit_fen", WHOLE, nullable=True),
        sa.Column("rate_ppm", sa.Integer(), nullable=True),
        sa.Column("line_months", sa.Integer(), nullable=True),
        sa.Column("reasons", DOCUMENT, nullable=False),
        sa.Column("papers", DOCUMENT, nullable=False),
        sa.Column("until", DAY, nullable=True),
        sa.Column("proposal", sa.Integer(), nullable=True),
        sa.Column("proposed_by", characters(200), nullable=True),
        *(sa.CheckConstraint(text, name=op.f(f"review_step_{name}")) for name, text in CHECKS.items()),
        sa.ForeignKeyConstraint(
            ["bank_id", "application_id"],
            ["application.bank_id", "application.application_id"],
            name=op.f("review_step_bank_id_application_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "application_id", "proposal", "proposed_by", *TERMS],
            [f"review_step.{name}" for name in ("bank_id", "application_id", "number", "operator", *TERMS)],
            name="review_step_as_proposed_fkey",
        ),
        sa.PrimaryKeyConstraint("bank_id", "application_id", "number", name=op.f("review_step_pkey")),
        sa.UniqueConstraint(
            "bank_id", "application_id", "number", "operator", *TERMS, name="review_step_as_proposed_key"
        ),
        sa.UniqueConstraint(
            "bank_id",
            "application_id",
            "proposal",
            name=op.f("review_step_bank_id_application_id_proposal_key"),
        ),
        **SHAPE,
    )
