"""Orders by intent, and what notices and settlement files say against them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from mock_partners.bank.core.kernel.tables import metadata, within_bank
from partner_adapters.kit.durable.columns import Moment

customer_order = Table(
    "customer_order",
    metadata,
    Column("bank_id", String(32), primary_key=True),
    Column("intent", String(64), primary_key=True),
    Column("kind", String(24), nullable=False),
    Column("state", String(10), nullable=False),
    Column("customer_id", String(32), nullable=False),
    Column("partner", String(48), nullable=False),
    Column("reference", String(16), nullable=False),
    Column("amount_fen", BigInteger),
    Column("source", JSON),
    Column("target", JSON),
    Column("steps", JSON, nullable=False),
    Column("reason", JSON),
    Column("result", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("ended_at", Moment),
    within_bank("customer", customer_id="customer_id"),
    UniqueConstraint("bank_id", "reference"),
    CheckConstraint("state IN ('processing', 'succeeded', 'failed')", name="state_known"),
    CheckConstraint("amount_fen IS NULL OR amount_fen > 0", name="amount_positive"),
    Index("customer_order_of_customer", "bank_id", "customer_id", "state"),
)
"""`steps`: [name, ISO moment or null] in order. An order that has ended never changes again."""

difference = Table(
    "difference",
    metadata,
    Column("bank_id", String(32), primary_key=True),
    Column("difference_id", String(32), primary_key=True),
    Column("source", String(24), nullable=False),
    Column("subject", String(96), nullable=False),
    Column("code", String(48), nullable=False),
    Column("ours", JSON, nullable=False),
    Column("theirs", JSON, nullable=False),
    Column("found_at", Moment, nullable=False),
    UniqueConstraint("bank_id", "source", "subject", "code"),
)
"""Where an outside party says something else than our books: a person must look. Nothing is booked on it."""

reconciled_day = Table(
    "reconciled_day",
    metadata,
    Column("bank_id", String(32), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("transfers", Integer, nullable=False),
    Column("debits_fen", BigInteger, nullable=False),
    Column("differences", Integer, nullable=False),
    Column("reconciled_at", Moment, nullable=False),
)
"""Days whose settlement file was compared with the books: what the network listed, and how much did not fit."""
