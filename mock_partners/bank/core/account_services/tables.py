"""What customers' orders about their accounts ask for."""

from __future__ import annotations

from sqlalchemy import Column

from mock_partners.bank.core.kernel.tables import define_table, within_bank
from partner_adapters.kit.durable.columns import DOCUMENT, Moment, characters

# What an opening asks for. The card's number and phone are deleted as soon as it has ended.
opening = define_table(
    "account_opening",
    Column("bank_id", characters(32), primary_key=True),
    Column("intent", characters(64), primary_key=True),
    Column("customer_id", characters(32), nullable=False),
    Column("card_number", characters(19)),
    Column("card_phone", characters(11)),
    Column("particulars", DOCUMENT, nullable=False),
    Column("asked_at", Moment, nullable=False),
    within_bank("customer_order", intent="intent"),
    within_bank("customer", customer_id="customer_id"),
)
