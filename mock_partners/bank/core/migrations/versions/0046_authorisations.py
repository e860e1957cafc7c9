"""What customers authorise at a source's own page."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import DAY, Moment, characters

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    op.create_table(
        "source_authorisation",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("authorisation_id", characters(32), nullable=False),
        sa.Column("customer_id", characters(32), nullable=False),
        sa.Column("source", characters(32), nullable=False),
        sa.Column("consent_id", characters(32), nullable=False),
        sa.Column("state", characters(8), nullable=False),
        sa.Column("state_sha256", characters(64), nullable=False),
        sa.Column("verifier", characters(64), nullable=False),
        sa.Column("return_url", characters(500), nullable=False),
        sa.Column("return_to", characters(200), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("reference", characters(64), nullable=True),
        sa.Column("given_at", Moment(), nullable=True),
        sa.Column("valid_until", DAY, nullable=True),
        sa.Column("refusal", characters(48), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'given', 'refused')", name=op.f("source_authorisation_state_known")
        ),
        sa.CheckConstraint(
            "(state = 'given') = (reference IS NOT NULL AND given_at IS NOT NULL AND valid_until IS NOT NULL)",
            name=op.f("source_authorisation_given_is_whole"),
        ),
        sa.CheckConstraint(
            "(state = 'refused') = (refusal IS NOT NULL)",
            name=op.f("source_authorisation_refused_for_a_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "customer_id"],
            ["customer.bank_id", "customer.customer_id"],
            name=op.f("source_authorisation_bank_id_customer_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "consent_id"],
            ["consent.bank_id", "consent.consent_id"],
            name=op.f("source_authorisation_bank_id_consent_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("bank_id", "authorisation_id", name=op.f("source_authorisation_pkey")),
        sa.UniqueConstraint(
            "bank_id", "state_sha256", name=op.f("source_authorisation_bank_id_state_sha256_key")
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        "source_authorisation_of_customer", "source_authorisation", ["bank_id", "customer_id", "source"]
    )
