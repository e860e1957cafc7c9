"""Accounts, journals and two-sided postings. What the columns cannot hold, the triggers of `migrations/sql` do.

A posting names both its accounts and both balances after it, so an imbalance cannot be written, a balance is
never changed but by a posting, and each account's history replays itself.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Index,
    Sequence,
    String,
    Table,
    UniqueConstraint,
    column,
    table,
)

from mock_partners.bank.core.kernel.tables import metadata, within_bank
from partner_adapters.kit.durable.columns import Moment
from partner_adapters.kit.values.money import MAX_FEN

posting_number = Sequence("posting_number", metadata=metadata)
"""PostgreSQL only; SQLite has one writer and counts for itself."""

ledger_account = Table(
    "ledger_account",
    metadata,
    Column("bank_id", String(32), primary_key=True),
    Column("code", String(96), primary_key=True),
    Column("kind", String(9), nullable=False),
    Column("floor_fen", BigInteger),
    Column("balance_fen", BigInteger, nullable=False),
    Column("last_posting_id", BigInteger, nullable=False),
    CheckConstraint("kind IN ('asset', 'expense', 'liability', 'income', 'equity')", name="kind_known"),
    CheckConstraint("floor_fen IS NULL OR balance_fen >= floor_fen", name="balance_above_floor"),
)
"""`balance_fen` counts in the account's own direction: debits up for assets and expenses, credits up for the rest."""

journal = Table(
    "journal",
    metadata,
    Column("bank_id", String(32), primary_key=True),
    Column("journal_id", String(32), primary_key=True),
    Column("kind", String(48), nullable=False),
    Column("intent", String(96), nullable=False),
    Column("reference", String(16), nullable=False),
    Column("counterparty", JSON),
    Column("value_date", Date, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("booked_at", Moment, nullable=False),
    UniqueConstraint("bank_id", "intent", "kind"),
)
"""One event in the books. One intent has at most one journal of a kind: nothing is booked twice."""

posting = Table(
    "posting",
    metadata,
    Column("bank_id", String(32), primary_key=True),
    Column("posting_id", BigInteger, primary_key=True, autoincrement=False),
    Column("journal_id", String(32), nullable=False),
    Column("debit_code", String(96), nullable=False),
    Column("credit_code", String(96), nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("debit_after_fen", BigInteger, nullable=False),
    Column("credit_after_fen", BigInteger, nullable=False),
    within_bank("journal", journal_id="journal_id"),
    within_bank("ledger_account", debit_code="code"),
    within_bank("ledger_account", credit_code="code"),
    CheckConstraint(f"amount_fen > 0 AND amount_fen <= {MAX_FEN}", name="amount_in_range"),
    CheckConstraint("debit_code <> credit_code", name="two_sides"),
    Index("posting_of_journal", "bank_id", "journal_id"),
    Index("posting_of_debit", "bank_id", "debit_code", "posting_id"),
    Index("posting_of_credit", "bank_id", "credit_code", "posting_id"),
)

posting_side = table(
    "posting_side",
    column("bank_id", String),
    column("posting_id", BigInteger),
    column("journal_id", String),
    column("code", String),
    column("other_code", String),
    column("after_fen", BigInteger),
    column("change_fen", BigInteger),
)
"""A view: each posting once for each of its accounts, `change_fen` signed in that account's own direction."""
