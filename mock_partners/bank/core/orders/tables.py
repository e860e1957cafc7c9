"""Orders by intent, and the differences that notices and settlement files show."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Integer,
    UniqueConstraint,
    text,
)

from mock_partners.bank.core.kernel.tables import define_table, within_bank
from partner_adapters.kit.durable.columns import DAY, DOCUMENT, WHOLE, Moment, characters

# The orders that a job has to look at every few seconds. Written out, so that both databases use the index for it.
UNTOLD = text("state = 'failed' AND seen_at IS NULL AND told_at IS NULL")

# `steps`: [name, ISO moment or null] in order. An order that has ended changes again only by a resolved difference.
customer_order = define_table(
    "customer_order",
    Column("bank_id", characters(32), primary_key=True),
    Column("intent", characters(64), primary_key=True),
    Column("kind", characters(24), nullable=False),
    Column("state", characters(10), nullable=False),
    Column("customer_id", characters(32), nullable=False),
    Column("partner", characters(48), nullable=False),
    Column("reference", characters(16), nullable=False),
    Column("amount_fen", WHOLE),
    Column("source", DOCUMENT),
    Column("target", DOCUMENT),
    Column("steps", DOCUMENT, nullable=False),
    Column("reason", DOCUMENT),
    Column("result", DOCUMENT, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("ended_at", Moment),
    # When a page showed the customer the outcome, and when a text message told a customer whom no page had shown it.
    Column("seen_at", Moment),
    Column("told_at", Moment),
    # What the partner named at the launch under which the order was placed.
    Column("external_reference", characters(64)),
    within_bank("customer", customer_id="customer_id"),
    UniqueConstraint("bank_id", "reference"),
    CheckConstraint("state IN ('processing', 'succeeded', 'failed')", name="state_known"),
    CheckConstraint("amount_fen IS NULL OR amount_fen > 0", name="amount_positive"),
    Index("customer_order_of_customer", "bank_id", "customer_id", "state"),
    Index("customer_order_untold", "bank_id", "ended_at", sqlite_where=UNTOLD, postgresql_where=UNTOLD),
    changes=("state", "steps", "reason", "result", "ended_at", "seen_at", "told_at"),
)

# Where an outside party says something else than our books. Nothing is booked on it before two persons of the bank
# resolve it (`reconciliation/tables.py`).
difference = define_table(
    "difference",
    Column("bank_id", characters(32), primary_key=True),
    Column("difference_id", characters(32), primary_key=True),
    Column("source", characters(24), nullable=False),
    Column("subject", characters(96), nullable=False),
    Column("code", characters(48), nullable=False),
    Column("ours", DOCUMENT, nullable=False),
    Column("theirs", DOCUMENT, nullable=False),
    Column("found_at", Moment, nullable=False),
    UniqueConstraint("bank_id", "source", "subject", "code"),
)

# Days whose settlement file was compared with the books: the debits and credits that the network listed, what we had
# booked of each (`booked_fen`, `paid_fen`), and how many entries did not fit. Nothing is booked on such a day any more.
# The last columns count the listed and the booked entries by what the comparison found. `explained`: booked, not
# listed, and decided by two persons before.
reconciled_day = define_table(
    "reconciled_day",
    Column("bank_id", characters(32), primary_key=True),
    Column("day", DAY, primary_key=True),
    Column("transfers", Integer, nullable=False),
    Column("debits_fen", WHOLE, nullable=False),
    Column("booked_fen", WHOLE, nullable=False, server_default=text("0")),
    Column("credits_fen", WHOLE, nullable=False, server_default=text("0")),
    Column("paid_fen", WHOLE, nullable=False, server_default=text("0")),
    Column("differences", Integer, nullable=False),
    Column("reconciled_at", Moment, nullable=False),
    Column("matched", Integer, nullable=False, server_default=text("0")),
    Column("missing_here", Integer, nullable=False, server_default=text("0")),
    Column("missing_there", Integer, nullable=False, server_default=text("0")),
    Column("amount_differs", Integer, nullable=False, server_default=text("0")),
    Column("older_news", Integer, nullable=False, server_default=text("0")),
    Column("explained", Integer, nullable=False, server_default=text("0")),
)
