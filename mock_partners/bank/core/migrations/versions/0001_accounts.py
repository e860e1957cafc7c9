"""Customers, consents, orders, accounts, and the ledger with its triggers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import CreateSequence

from mock_partners.bank.core.migrations import run_sql
from partner_adapters.kit.durable.columns import Moment

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "consent_text",
        sa.Column("bank_id", sa.String(length=32), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=48), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("first_given_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("bank_id", "sha256", name=op.f("consent_text_pkey")),
    )
    op.create_table(
        "customer",
        sa.Column("bank_id", sa.String(length=32), nullable=False),
        sa.Column("customer_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("id_number", sa.String(length=18), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=False),
        sa.Column("phone", sa.String(length=16), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("bank_id", "customer_id", name=op.f("customer_pkey")),
        sa.UniqueConstraint("bank_id", "id_number", name=op.f("customer_bank_id_id_number_key")),
    )
    op.create_table(
        "difference",
        sa.Column("bank_id", sa.String(length=32), nullable=False),
        sa.Column("difference_id", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=24), nullable=False),
        sa.Column("subject", sa.String(length=96), nullable=False),
        sa.Column("code", sa.String(length=48), nullable=False),
        sa.Column("ours", sa.JSON(), nullable=False),
        sa.Column("theirs", sa.JSON(), nullable=False),
        sa.Column("found_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("bank_id", "difference_id", name=op.f("difference_pkey")),
        sa.UniqueConstraint(
            "bank_id", "source", "subject", "code", name=op.f("difference_bank_id_source_subject_code_key")
        ),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("bank_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("bank_id", "key", name=op.f("idempotency_key_pkey")),
    )
    op.create_table(
        "job_lease",
        sa.Column("name", sa.String(length=48), nullable=False),
        sa.Column("leased_until", Moment(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("job_lease_pkey")),
    )
    op.create_table(
        "journal",
        sa.Column("bank_id", sa.String(length=32), nullable=False),
        sa.Column("journal_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=48), nullable=False),
        sa.Column("intent", sa.String(length=96), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("counterparty", sa.JSON(), nullable=True),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("booked_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("bank_id", "journal_id", name=op.f("journal_pkey")),
        sa.UniqueConstraint("bank_id", "intent", "kind", name=op.f("journal_bank_id_intent_kind_key")),
    )
    op.create_table(
        "ledger_account",
        sa.Column("bank_id", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=96), nullable=False),
        sa.Column("kind", sa.String(length=9), nullable=False),
        sa.Column("floor_fen", sa.BigInteger(), nullable=True),
        sa.Column("balance_fen", sa.BigInteger(), nullable=False),
        sa.Column("last_posting_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('asset', 'expense', 'liability', 'income', 'equity')",
            name=op.f("ledger_account_kind_known"),
        ),
        sa.CheckConstraint(
            "floor_fen IS NULL OR balance_fen >= floor_fen", name=op.f("ledger_account_balance_above_floor")
        ),
        sa.PrimaryKeyConstraint("bank_id", "code", name=op.f("ledger_account_pkey")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("bank_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=48), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("leased_until", Moment(), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=200), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("outbox_pkey")),
    )
    op.create_index("outbox_due", "outbox", ["state", "due_at"], unique=False)
    op.create_table(
        "account",
        sa.Column("bank_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("customer_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=19), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("opened_by_intent", sa.String(length=64), nullable=False),
        sa.CheckConstraint("state IN ('open', 'frozen', 'closed')", name=op.f("account_state_known")),
        sa.ForeignKeyConstraint(
            ["bank_id", "customer_id"],
            ["customer.bank_id", "customer.customer_id"],
            name=op.f("account_bank_id_customer_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("bank_id", "account_id", name=op.f("account_pkey")),
        sa.UniqueConstraint("bank_id", "customer_id", name=op.f("account_bank_id_customer_id_key")),
        sa.UniqueConstraint("bank_id", "number", name=op.f("account_bank_id_number_key")),
    )
    op.create_table(
        "consent",
        sa.Column("bank_id", sa.String(length=32), nullable=False),
        sa.Column("consent_id", sa.String(length=32), nullable=False),
        sa.Column("customer_id", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=48), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("partner", sa.String(length=48), nullable=False),
        sa.Column("session_ref", sa.String(length=64), nullable=False),
        sa.Column("given_at", Moment(), nullable=False),
        sa.Column("withdrawn_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["bank_id", "customer_id"],
            ["customer.bank_id", "customer.customer_id"],
            name=op.f("consent_bank_id_customer_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "sha256"],
            ["consent_text.bank_id", "consent_text.sha256"],
            name=op.f("consent_bank_id_sha256_fkey"),
        ),
        sa.PrimaryKeyConstraint("bank_id", "consent_id", name=op.f("consent_pkey")),
    )
    op.create_index("consent_of_customer", "consent", ["bank_id", "customer_id", "given_at"], unique=False)
    op.create_table(
        "customer_link",
        sa.Column("bank_id", sa.String(length=32), nullable=False),
        sa.Column("partner", sa.String(length=48), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("customer_id", sa.String(length=32), nullable=False),
        sa.Column("linked_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bank_id", "customer_id"],
            ["customer.bank_id", "customer.customer_id"],
            name=op.f("customer_link_bank_id_customer_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("bank_id", "partner", "issuer", "subject", name=op.f("customer_link_pkey")),
    )
    op.create_index(
        "customer_link_of_customer", "customer_link", ["bank_id", "customer_id", "partner"], unique=False
    )
    op.create_table(
        "customer_order",
        sa.Column("bank_id", sa.String(length=32), nullable=False),
        sa.Column("intent", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("customer_id", sa.String(length=32), nullable=False),
        sa.Column("partner", sa.String(length=48), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("source", sa.JSON(), nullable=True),
        sa.Column("target", sa.JSON(), nullable=True),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=True),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.CheckConstraint(
            "state IN ('processing', 'succeeded', 'failed')", name=op.f("customer_order_state_known")
        ),
        sa.CheckConstraint(
            "amount_fen IS NULL OR amount_fen > 0", name=op.f("customer_order_amount_positive")
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "customer_id"],
            ["customer.bank_id", "customer.customer_id"],
            name=op.f("customer_order_bank_id_customer_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("bank_id", "intent", name=op.f("customer_order_pkey")),
        sa.UniqueConstraint("bank_id", "reference", name=op.f("customer_order_bank_id_reference_key")),
    )
    op.create_index(
        "customer_order_of_customer", "customer_order", ["bank_id", "customer_id", "state"], unique=False
    )
    op.create_table(
        "evidence_used",
        sa.Column("bank_id", sa.String(length=32), nullable=False),
        sa.Column("intent", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("customer_id", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("auth_time", Moment(), nullable=False),
        sa.Column("face_evidence_id", sa.String(length=255), nullable=True),
        sa.Column("used_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bank_id", "customer_id"],
            ["customer.bank_id", "customer.customer_id"],
            name=op.f("evidence_used_bank_id_customer_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("bank_id", "intent", name=op.f("evidence_used_pkey")),
    )
    op.create_table(
        "posting",
        sa.Column("bank_id", sa.String(length=32), nullable=False),
        sa.Column("posting_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("journal_id", sa.String(length=32), nullable=False),
        sa.Column("debit_code", sa.String(length=96), nullable=False),
        sa.Column("credit_code", sa.String(length=96), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("debit_after_fen", sa.BigInteger(), nullable=False),
        sa.Column("credit_after_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "amount_fen > 0 AND amount_fen <= 999999999999999", name=op.f("posting_amount_in_range")
        ),
        sa.CheckConstraint("debit_code <> credit_code", name=op.f("posting_two_sides")),
        sa.ForeignKeyConstraint(
            ["bank_id", "credit_code"],
            ["ledger_account.bank_id", "ledger_account.code"],
            name=op.f("posting_bank_id_credit_code_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "debit_code"],
            ["ledger_account.bank_id", "ledger_account.code"],
            name=op.f("posting_bank_id_debit_code_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "journal_id"],
            ["journal.bank_id", "journal.journal_id"],
            name=op.f("posting_bank_id_journal_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("bank_id", "posting_id", name=op.f("posting_pkey")),
    )
    op.create_index("posting_of_credit", "posting", ["bank_id", "credit_code", "posting_id"], unique=False)
    op.create_index("posting_of_debit", "posting", ["bank_id", "debit_code", "posting_id"], unique=False)
    op.create_index("posting_of_journal", "posting", ["bank_id", "journal_id"], unique=False)
    op.create_table(
        "account_opening",
        sa.Column("bank_id", sa.String(length=32), nullable=False),
        sa.Column("intent", sa.String(length=64), nullable=False),
        sa.Column("customer_id", sa.String(length=32), nullable=False),
        sa.Column("card_number", sa.String(length=19), nullable=True),
        sa.Column("card_phone", sa.String(length=11), nullable=True),
        sa.Column("particulars", sa.JSON(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bank_id", "customer_id"],
            ["customer.bank_id", "customer.customer_id"],
            name=op.f("account_opening_bank_id_customer_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "intent"],
            ["customer_order.bank_id", "customer_order.intent"],
            name=op.f("account_opening_bank_id_intent_fkey"),
        ),
        sa.PrimaryKeyConstraint("bank_id", "intent", name=op.f("account_opening_pkey")),
    )
    op.create_table(
        "bound_card",
        sa.Column("bank_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("card_token", sa.String(length=64), nullable=False),
        sa.Column("bank_code", sa.String(length=16), nullable=False),
        sa.Column("bank_name", sa.JSON(), nullable=False),
        sa.Column("last_four", sa.String(length=4), nullable=False),
        sa.Column("bound_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bank_id", "account_id"],
            ["account.bank_id", "account.account_id"],
            name=op.f("bound_card_bank_id_account_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("bank_id", "account_id", name=op.f("bound_card_pkey")),
    )
    op.create_table(
        "particulars",
        sa.Column("bank_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("occupation", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=120), nullable=False),
        sa.Column("document_expires_on", sa.Date(), nullable=True),
        sa.Column("tax_resident_of_china_only", sa.Boolean(), nullable=False),
        sa.Column("stated_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bank_id", "account_id"],
            ["account.bank_id", "account.account_id"],
            name=op.f("particulars_bank_id_account_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("bank_id", "account_id", name=op.f("particulars_pkey")),
    )
    conn = op.get_bind()
    if conn.dialect.supports_sequences:
        op.execute(CreateSequence(sa.Sequence("posting_number")))
    run_sql(conn, "0001_ledger")
