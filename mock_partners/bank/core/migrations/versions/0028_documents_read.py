"""What a customer read stays beside what was signed, and a contract's document can be prepared anew.

Of a contract that was signed before, only the signed file's hash was kept: all three hashes are that one. A document
that waits for its signature was not compared with its offer, so another one is prepared.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mock_partners.bank.core.migrations import run_sql
from partner_adapters.kit.durable.columns import characters

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    columns: list[sa.Column[object]] = [
        sa.Column("draft", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("renewed_for", characters(8), nullable=True),
        sa.Column("document_bytes", sa.Integer(), nullable=True),
        sa.Column("party_sha256", characters(64), nullable=True),
        sa.Column("signed_sha256", characters(64), nullable=True),
        sa.Column("signed_prefix_sha256", characters(64), nullable=True),
    ]
    for column in columns:
        op.add_column("contract", column)
    op.add_column("evidence_used", sa.Column("document_sha256", characters(64), nullable=True))
    run_sql(op.get_bind(), "0028_documents_read")
