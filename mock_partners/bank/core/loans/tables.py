"""Loans and what was paid on them: the sub-ledger of the control accounts `loans.*`, tied to them by proof.

The plan and what is owed on a day follow from `terms` and the payments alone (`position.replay`). The amounts beside
them are what the ledger holds, so that one query can compare the two.
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Integer,
    UniqueConstraint,
)

from mock_partners.bank.core.kernel.tables import define_table, within_bank
from partner_adapters.kit.durable.columns import DAY, DOCUMENT, WHOLE, Moment, characters

# `principal_fen`, `interest_fen`, `penalty_fen`: receivable as booked through the end of `closed_through`. `agreed`:
# the quote that the borrower confirmed. `partner`: the partner through which the loan was drawn; messages and
# automatic orders go under its name.
loan = define_table(
    "loan",
    Column("bank_id", characters(32), primary_key=True),
    Column("loan_id", characters(32), primary_key=True),
    Column("line_id", characters(32), nullable=False),
    Column("customer_id", characters(32), nullable=False),
    Column("account_id", characters(32), nullable=False),
    Column("partner", characters(48), nullable=False),
    Column("intent", characters(64), nullable=False),
    Column("product_name", DOCUMENT, nullable=False),
    Column("contract_id", characters(32), nullable=False),
    Column("contract_number", characters(48), nullable=False),
    Column("terms", DOCUMENT, nullable=False),
    Column("agreed", DOCUMENT, nullable=False),
    Column("drawn_on", DAY, nullable=False),
    Column("state", characters(8), nullable=False),
    Column("principal_fen", WHOLE, nullable=False),
    Column("interest_fen", WHOLE, nullable=False),
    Column("penalty_fen", WHOLE, nullable=False),
    Column("closed_through", DAY, nullable=False),
    within_bank("credit_line", line_id="line_id"),
    within_bank("customer", customer_id="customer_id"),
    within_bank("account", account_id="account_id"),
    within_bank("customer_order", intent="intent"),
    UniqueConstraint("bank_id", "intent"),
    CheckConstraint("state IN ('active', 'overdue', 'settled')", name="state_known"),
    CheckConstraint("principal_fen >= 0 AND interest_fen >= 0 AND penalty_fen >= 0", name="nothing_negative"),
    CheckConstraint(
        "(state = 'settled') = (principal_fen = 0 AND interest_fen = 0 AND penalty_fen = 0)",
        name="settled_owes_nothing",
    ),
    Index("loan_of_customer", "bank_id", "customer_id"),
    Index("loan_of_line", "bank_id", "line_id"),
    Index("loan_to_close", "bank_id", "state", "closed_through"),
    changes=("state", "principal_fen", "interest_fen", "penalty_fen", "closed_through"),
)

# Numbered in the order received. `collection`: taken from the account when the due day was closed.
repayment = define_table(
    "repayment",
    Column("bank_id", characters(32), primary_key=True),
    Column("loan_id", characters(32), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("intent", characters(64), nullable=False),
    Column("kind", characters(4), nullable=False),
    Column("origin", characters(10), nullable=False),
    Column("amount_fen", WHOLE, nullable=False),
    Column("fees_fen", WHOLE, nullable=False),
    Column("penalty_fen", WHOLE, nullable=False),
    Column("interest_fen", WHOLE, nullable=False),
    Column("principal_fen", WHOLE, nullable=False),
    Column("value_date", DAY, nullable=False),
    Column("booked_at", Moment, nullable=False),
    within_bank("loan", loan_id="loan_id"),
    within_bank("customer_order", intent="intent"),
    UniqueConstraint("bank_id", "intent"),
    CheckConstraint("kind IN ('due', 'part', 'full')", name="kind_known"),
    CheckConstraint("origin IN ('customer', 'collection')", name="origin_known"),
    CheckConstraint("amount_fen > 0", name="amount_positive"),
    CheckConstraint(
        "fees_fen >= 0 AND penalty_fen >= 0 AND interest_fen >= 0 AND principal_fen >= 0"
        " AND fees_fen + penalty_fen + interest_fen + principal_fen = amount_fen",
        name="parts_add_up",
    ),
)

# That nothing is owed on a loan. The document is null until e-sign has sealed it.
settlement_certificate = define_table(
    "settlement_certificate",
    Column("bank_id", characters(32), primary_key=True),
    Column("loan_id", characters(32), primary_key=True),
    Column("number", characters(40), nullable=False),
    Column("settled_on", DAY, nullable=False),
    Column("issued_on", DAY, nullable=False),
    Column("document_id", characters(32)),
    Column("document_sha256", characters(64)),
    within_bank("loan", loan_id="loan_id"),
    UniqueConstraint("bank_id", "number"),
    CheckConstraint("(document_id IS NULL) = (document_sha256 IS NULL)", name="sealed_wholly_or_not"),
    changes=("document_id", "document_sha256"),
)
