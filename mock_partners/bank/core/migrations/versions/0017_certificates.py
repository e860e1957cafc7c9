"""Certificates that a loan is settled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import DAY, characters

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "settlement_certificate",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("loan_id", characters(32), nullable=False),
        sa.Column("number", characters(40), nullable=False),
        sa.Column("settled_on", DAY, nullable=False),
        sa.Column("issued_on", DAY, nullable=False),
        sa.Column("document_id", characters(32), nullable=True),
        sa.Column("document_sha256", characters(64), nullable=True),
        sa.CheckConstraint(
            "(document_id IS NULL) = (document_sha256 IS NULL)",
            name=op.f("settlement_certificate_sealed_wholly_or_not"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "loan_id"],
            ["loan.bank_id", "loan.loan_id"],
            name=op.f("settlement_certificate_bank_id_loan_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("bank_id", "loan_id", name=op.f("settlement_certificate_pkey")),
        sa.UniqueConstraint("bank_id", "number", name=op.f("settlement_certificate_bank_id_number_key")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
