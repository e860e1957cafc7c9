"""Loans, repayments and closed days, with their triggers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mock_partners.bank.core.migrations import run_sql
from partner_adapters.kit.durable.columns import Moment

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "day_close",
        sa.Column("bank_id", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("open_loans", sa.Integer(), nullable=False),
        sa.Column("closed_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("bank_id", "day", name=op.f("day_close_pkey")),
    )
    op.create_table(
        "loan",
        sa.Column("bank_id", sa.String(length=32), nullable=False),
        sa.Column("loan_id", sa.String(length=32), nullable=False),
        sa.Column("line_id", sa.String(length=32), nullable=False),
        sa.Column("customer_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("partner", sa.String(length=48), nullable=False),
        sa.Column("intent", sa.String(length=64), nullable=False),
        sa.Column("product_name", sa.JSON(), nullable=False),
        sa.Column("contract_id", sa.String(length=32), nullable=False),
        sa.Column("contract_number", sa.String(length=48), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("agreed", sa.JSON(), nullable=False),
        sa.Column("drawn_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("principal_fen", sa.BigInteger(), nullable=False),
        sa.Column("interest_fen", sa.BigInteger(), nullable=False),
        sa.Column("penalty_fen", sa.BigInteger(), nullable=False),
        sa.Column("closed_through", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "(state = 'settled') = (principal_fen = 0 AND interest_fen = 0 AND penalty_fen = 0)",
            name=op.f("loan_settled_owes_nothing"),
        ),
        sa.CheckConstraint("state IN ('active', 'overdue', 'settled')", name=op.f("loan_state_known")),
        sa.CheckConstraint(
            "principal_fen >= 0 AND interest_fen >= 0 AND penalty_fen >= 0",
            name=op.f("loan_nothing_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "account_id"],
            ["account.bank_id", "account.account_id"],
            name=op.f("loan_bank_id_account_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "customer_id"],
            ["customer.bank_id", "customer.customer_id"],
            name=op.f("loan_bank_id_customer_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "intent"],
            ["customer_order.bank_id", "customer_order.intent"],
            name=op.f("loan_bank_id_intent_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "line_id"],
            ["credit_line.bank_id", "credit_line.line_id"],
            name=op.f("loan_bank_id_line_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("bank_id", "loan_id", name=op.f("loan_pkey")),
        sa.UniqueConstraint("bank_id", "intent", name=op.f("loan_bank_id_intent_key")),
    )
    op.create_index("loan_of_customer", "loan", ["bank_id", "customer_id"], unique=False)
    op.create_index("loan_of_line", "loan", ["bank_id", "line_id"], unique=False)
    op.create_index("loan_to_close", "loan", ["bank_id", "state", "closed_through"], unique=False)
    op.create_table(
        "repayment",
        sa.Column("bank_id", sa.String(length=32), nullable=False),
        sa.Column("loan_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("intent", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("origin", sa.String(length=10), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("fees_fen", sa.BigInteger(), nullable=False),
        sa.Column("penalty_fen", sa.BigInteger(), nullable=False),
        sa.Column("interest_fen", sa.BigInteger(), nullable=False),
        sa.Column("principal_fen", sa.BigInteger(), nullable=False),
        sa.Column("value_date", sa.Date(), nullable=False),
        sa.Column("booked_at", Moment(), nullable=False),
        sa.CheckConstraint("kind IN ('due', 'part', 'full')", name=op.f("repayment_kind_known")),
        sa.CheckConstraint("origin IN ('customer', 'collection')", name=op.f("repayment_origin_known")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("repayment_amount_positive")),
        sa.CheckConstraint(
            "fees_fen >= 0 AND penalty_fen >= 0 AND interest_fen >= 0 AND principal_fen >= 0"
            " AND fees_fen + penalty_fen + interest_fen + principal_fen = amount_fen",
            name=op.f("repayment_parts_add_up"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "intent"],
            ["customer_order.bank_id", "customer_order.intent"],
            name=op.f("repayment_bank_id_intent_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "loan_id"],
            ["loan.bank_id", "loan.loan_id"],
            name=op.f("repayment_bank_id_loan_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("bank_id", "loan_id", "number", name=op.f("repayment_pkey")),
        sa.UniqueConstraint("bank_id", "intent", name=op.f("repayment_bank_id_intent_key")),
    )
    run_sql(op.get_bind(), "0003_lending")
