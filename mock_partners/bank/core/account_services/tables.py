"""What customers' orders about their accounts ask for, and changes of their addresses."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, text

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
    Column("account_class", characters(3), nullable=False, server_default=text("'II'")),
    within_bank("customer_order", intent="intent"),
    within_bank("customer", customer_id="customer_id"),
    CheckConstraint("account_class IN ('II', 'III')", name="class_known"),
    changes=("card_number", "card_phone"),
)

# A request to raise an account of class III to II. The card's number and phone are deleted as soon as it has ended.
class_raise = define_table(
    "class_raise",
    Column("bank_id", characters(32), primary_key=True),
    Column("intent", characters(64), primary_key=True),
    Column("account_id", characters(32), nullable=False),
    Column("card_number", characters(19)),
    Column("card_phone", characters(11)),
    Column("asked_at", Moment, nullable=False),
    within_bank("customer_order", intent="intent"),
    within_bank("account", account_id="account_id"),
    changes=("card_number", "card_phone"),
)

# What a change of the bound card asks for. The new card's number and phone are deleted as soon as it has ended.
card_change = define_table(
    "card_change",
    Column("bank_id", characters(32), primary_key=True),
    Column("intent", characters(64), primary_key=True),
    Column("customer_id", characters(32), nullable=False),
    Column("card_number", characters(19)),
    Column("card_phone", characters(11)),
    Column("asked_at", Moment, nullable=False),
    within_bank("customer_order", intent="intent"),
    within_bank("customer", customer_id="customer_id"),
    changes=("card_number", "card_phone"),
)

# Every change of an address, and when the earlier one had been stated: rules on identifying customers want them kept.
address_change = define_table(
    "address_change",
    Column("bank_id", characters(32), primary_key=True),
    Column("change_id", characters(32), primary_key=True),
    Column("account_id", characters(32), nullable=False),
    Column("partner", characters(48), nullable=False),
    Column("earlier_address", characters(120), nullable=False),
    Column("earlier_stated_at", Moment, nullable=False),
    Column("address", characters(120), nullable=False),
    Column("changed_at", Moment, nullable=False),
    within_bank("account", account_id="account_id"),
)
