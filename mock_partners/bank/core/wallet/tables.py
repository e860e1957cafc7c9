"""Electronic accounts, the particulars stated when they were opened, and their bound cards."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, CheckConstraint, Column, Date, String, Table, UniqueConstraint

from mock_partners.bank.core.kernel.tables import metadata, within_bank
from partner_adapters.kit.durable.columns import Moment

account = Table(
    "account",
    metadata,
    Column("bank_id", String(32), primary_key=True),
    Column("account_id", String(32), primary_key=True),
    Column("customer_id", String(32), nullable=False),
    Column("number", String(19), nullable=False),
    Column("state", String(8), nullable=False),
    Column("opened_on", Date, nullable=False),
    Column("opened_by_intent", String(64), nullable=False),
    within_bank("customer", customer_id="customer_id"),
    UniqueConstraint("bank_id", "customer_id"),
    UniqueConstraint("bank_id", "number"),
    CheckConstraint("state IN ('open', 'frozen', 'closed')", name="state_known"),
)
"""One class II account a customer at a bank."""

particulars = Table(
    "particulars",
    metadata,
    Column("bank_id", String(32), primary_key=True),
    Column("account_id", String(32), primary_key=True),
    Column("occupation", String(16), nullable=False),
    Column("address", String(120), nullable=False),
    Column("document_expires_on", Date),
    Column("tax_resident_of_china_only", Boolean, nullable=False),
    Column("stated_at", Moment, nullable=False),
    within_bank("account", account_id="account_id"),
)

bound_card = Table(
    "bound_card",
    metadata,
    Column("bank_id", String(32), primary_key=True),
    Column("account_id", String(32), primary_key=True),
    Column("card_token", String(64), nullable=False),
    Column("bank_code", String(16), nullable=False),
    Column("bank_name", JSON, nullable=False),
    Column("last_four", String(4), nullable=False),
    Column("bound_at", Moment, nullable=False),
    within_bank("account", account_id="account_id"),
)
"""The token stands for the card at the network; its number is not kept."""

opening = Table(
    "account_opening",
    metadata,
    Column("bank_id", String(32), primary_key=True),
    Column("intent", String(64), primary_key=True),
    Column("customer_id", String(32), nullable=False),
    Column("card_number", String(19)),
    Column("card_phone", String(11)),
    Column("particulars", JSON, nullable=False),
    Column("asked_at", Moment, nullable=False),
    within_bank("customer_order", intent="intent"),
    within_bank("customer", customer_id="customer_id"),
)
"""What an opening asks for. The card's number and phone are forgotten as soon as it has ended."""
