"""Accounts, journals and two-sided postings. What the columns cannot hold, the triggers of `migrations/sql` do.

A posting names both its accounts, so an imbalance cannot be written. An account with a floor stores its balance, and
a posting states that balance after it. A balance changes by a posting only, and the postings of an account, read in
order, give each of its balances again. What orders hold of a balance (`wallet/holds.py`) keeps it that much above its
floor.

An account without a floor stores none: its balance is the sum of its postings (`ledger_balance`). Such accounts are the
bank's own, which nearly every posting touches. A stored balance would make postings of different customers wait for
each other, and conflict.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Sequence,
    String,
    UniqueConstraint,
    column,
    table,
    text,
)

from mock_partners.bank.core.kernel.tables import define_table, metadata, within_bank
from partner_adapters.kit.durable.columns import DAY, DOCUMENT, WHOLE, Moment, characters
from partner_adapters.kit.values.money import MAX_FEN

# PostgreSQL only. SQLite has one writer, so the greatest number plus one is never taken twice.
posting_number = Sequence("posting_number", metadata=metadata)

# `role`: what the account is for, such as "wallet"; rules ask for it instead of reading the code. `owner_id`: the
# customer account that a wallet belongs to. `balance_fen` counts in the account's own direction: debits raise assets
# and expenses, credits raise the rest. `last_posting_id` is the posting that `balance_fen` includes last. Both are NULL
# where the account has no floor. `held_fen`: the part of the balance that orders hold. Triggers of holds change it.
# `ceiling_fen`: the most that the account may contain, such as one of class III. NULL: it has no limit.
ledger_account = define_table(
    "ledger_account",
    Column("bank_id", characters(32), primary_key=True),
    Column("code", characters(96), primary_key=True),
    Column("role", characters(48), nullable=False),
    Column("owner_id", characters(32)),
    Column("kind", characters(9), nullable=False),
    Column("floor_fen", WHOLE),
    Column("balance_fen", WHOLE),
    Column("last_posting_id", WHOLE),
    Column("held_fen", WHOLE, nullable=False, server_default=text("0")),
    Column("ceiling_fen", WHOLE),
    CheckConstraint("kind IN ('asset', 'expense', 'liability', 'income', 'equity')", name="kind_known"),
    CheckConstraint("floor_fen IS NULL OR balance_fen - held_fen >= floor_fen", name="balance_above_floor"),
    CheckConstraint(
        "(floor_fen IS NULL) = (balance_fen IS NULL) AND (floor_fen IS NULL) = (last_posting_id IS NULL)",
        name="balance_stored_with_floor",
    ),
    CheckConstraint("held_fen = 0 OR (held_fen > 0 AND floor_fen IS NOT NULL)", name="held_of_a_balance"),
    CheckConstraint(
        "ceiling_fen IS NULL OR (floor_fen IS NOT NULL AND balance_fen <= ceiling_fen)",
        name="balance_below_ceiling",
    ),
    changes=("balance_fen", "last_posting_id", "held_fen", "ceiling_fen"),
)

# One event in the books. One intent has at most one journal of a kind, so nothing is booked twice.
# `subject_kind`, `subject_id`: the account or the loan that the event is about. `reverses`: the journal that this one
# undoes; a journal is undone at most once.
journal = define_table(
    "journal",
    Column("bank_id", characters(32), primary_key=True),
    Column("journal_id", characters(32), primary_key=True),
    Column("kind", characters(48), nullable=False),
    Column("intent", characters(96), nullable=False),
    Column("subject_kind", characters(16), nullable=False),
    Column("subject_id", characters(32), nullable=False),
    Column("reverses", characters(32)),
    Column("reference", characters(16), nullable=False),
    Column("counterparty", DOCUMENT),
    Column("value_date", DAY, nullable=False),
    Column("business_date", DAY, nullable=False),
    Column("booked_at", Moment, nullable=False),
    within_bank("journal", reverses="journal_id"),
    UniqueConstraint("bank_id", "intent", "kind"),
    UniqueConstraint("bank_id", "reverses"),
    Index("journal_of_subject", "bank_id", "subject_kind", "subject_id"),
)

# `debit_after_fen`, `credit_after_fen`: NULL where the account stores no balance.
posting = define_table(
    "posting",
    Column("bank_id", characters(32), primary_key=True),
    Column("posting_id", WHOLE, primary_key=True, autoincrement=False),
    Column("journal_id", characters(32), nullable=False),
    Column("debit_code", characters(96), nullable=False),
    Column("credit_code", characters(96), nullable=False),
    Column("amount_fen", WHOLE, nullable=False),
    Column("debit_after_fen", WHOLE),
    Column("credit_after_fen", WHOLE),
    within_bank("journal", journal_id="journal_id"),
    within_bank("ledger_account", debit_code="code"),
    within_bank("ledger_account", credit_code="code"),
    CheckConstraint(f"amount_fen > 0 AND amount_fen <= {MAX_FEN}", name="amount_in_range"),
    CheckConstraint("debit_code <> credit_code", name="two_sides"),
    Index("posting_of_journal", "bank_id", "journal_id"),
    Index("posting_of_debit", "bank_id", "debit_code", "posting_id"),
    Index("posting_of_credit", "bank_id", "credit_code", "posting_id"),
)

# A view: each posting once for each of its two accounts. `change_fen` is signed in that account's own direction.
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

# A view: the balance of each account, stored or summed. Summing reads all postings of the account.
ledger_balance = table(
    "ledger_balance",
    column("bank_id", String),
    column("code", String),
    column("kind", String),
    column("balance_fen", BigInteger),
)
