"""Electronic accounts, the particulars stated when they were opened, and their bound cards."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, UniqueConstraint

from mock_partners.bank.core.kernel.tables import define_table, within_bank
from partner_adapters.kit.durable.columns import DAY, DOCUMENT, FLAG, Moment, characters

# A customer has one class II account at a bank.
account = define_table(
    "account",
    Column("bank_id", characters(32), primary_key=True),
    Column("account_id", characters(32), primary_key=True),
    Column("customer_id", characters(32), nullable=False),
    Column("number", characters(19), nullable=False),
    Column("state", characters(8), nullable=False),
    Column("opened_on", DAY, nullable=False),
    Column("opened_by_intent", characters(64), nullable=False),
    within_bank("customer", customer_id="customer_id"),
    UniqueConstraint("bank_id", "customer_id"),
    UniqueConstraint("bank_id", "number"),
    CheckConstraint("state IN ('open', 'frozen', 'closed')", name="state_known"),
)

particulars = define_table(
    "particulars",
    Column("bank_id", characters(32), primary_key=True),
    Column("account_id", characters(32), primary_key=True),
    Column("occupation", characters(16), nullable=False),
    Column("address", characters(120), nullable=False),
    Column("document_expires_on", DAY),
    Column("tax_resident_of_china_only", FLAG, nullable=False),
    Column("stated_at", Moment, nullable=False),
    within_bank("account", account_id="account_id"),
    changes=("address", "stated_at"),
)

# The token stands for the card at the network; the card's number is not stored.
bound_card = define_table(
    "bound_card",
    Column("bank_id", characters(32), primary_key=True),
    Column("account_id", characters(32), primary_key=True),
    Column("card_token", characters(64), nullable=False),
    Column("bank_code", characters(16), nullable=False),
    Column("bank_name", DOCUMENT, nullable=False),
    Column("last_four", characters(4), nullable=False),
    Column("bound_at", Moment, nullable=False),
    within_bank("account", account_id="account_id"),
)
