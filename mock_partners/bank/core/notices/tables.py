"""Reminders of payments, the days on which they were sent, and the text messages that customers do not want."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, text

from mock_partners.bank.core.kernel.tables import define_table, within_bank
from partner_adapters.kit.durable.columns import DAY, WHOLE, Moment, characters

# At most one of each kind for a payment. `missing_fen`: what the account lacked when the reminder was sent.
reminder = define_table(
    "reminder",
    Column("bank_id", characters(32), primary_key=True),
    Column("loan_id", characters(32), primary_key=True),
    Column("due_on", DAY, primary_key=True),
    Column("kind", characters(8), primary_key=True),
    Column("customer_id", characters(32), nullable=False),
    Column("amount_fen", WHOLE, nullable=False),
    Column("missing_fen", WHOLE, nullable=False),
    Column("sent_at", Moment, nullable=False),
    within_bank("loan", loan_id="loan_id"),
    within_bank("customer", customer_id="customer_id"),
    CheckConstraint("kind IN ('coming', 'today')", name="kind_known"),
    CheckConstraint("amount_fen > 0 AND missing_fen >= 0", name="amounts_sensible"),
    Index("reminder_of_customer", "bank_id", "customer_id", "sent_at"),
)

# Written when every open loan of the bank was looked at on the day. `reminders`: how many were sent.
reminder_day = define_table(
    "reminder_day",
    Column("bank_id", characters(32), primary_key=True),
    Column("day", DAY, primary_key=True),
    Column("reminders", Integer, nullable=False),
    Column("done_at", Moment, nullable=False),
)

_STILL_OFF = text("on_at IS NULL")
# A kind of text messages that a customer turned off, and when it was turned on again. Rows stay, because they answer
# the complaint that a reminder did not come.
turned_off = define_table(
    "text_messages_turned_off",
    Column("bank_id", characters(32), primary_key=True),
    Column("choice_id", characters(32), primary_key=True),
    Column("customer_id", characters(32), nullable=False),
    Column("kind", characters(32), nullable=False),
    Column("off_at", Moment, nullable=False),
    Column("on_at", Moment),
    within_bank("customer", customer_id="customer_id"),
    Index(
        "text_messages_still_off",
        "bank_id",
        "customer_id",
        "kind",
        unique=True,
        sqlite_where=_STILL_OFF,
        postgresql_where=_STILL_OFF,
    ),
    changes=("on_at",),
)
