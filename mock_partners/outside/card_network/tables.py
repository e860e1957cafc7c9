"""Tables of the network: issued cards with their balances, tokens, transfers, and outside work."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

from partner_adapters.kit.durable.columns import Moment
from partner_adapters.kit.durable.idempotency import define_idempotency
from partner_adapters.kit.durable.outbox import define_outbox

metadata = MetaData()
idempotency = define_idempotency(metadata)
outbox = define_outbox(metadata)

card = Table(
    "card",
    metadata,
    Column("number", String(19), primary_key=True),
    Column("name", String(60), nullable=False),
    Column("id_number", String(18), nullable=False),
    Column("phone", String(11), nullable=False),
    Column("kind", String(6), nullable=False),
    Column("account_class", String(2), nullable=False),
    Column("balance_fen", BigInteger, nullable=False),
    CheckConstraint("balance_fen >= 0", name="card_never_overdrawn"),
)

token = Table(
    "card_token",
    metadata,
    Column("token", String(64), primary_key=True),
    Column("bank_id", String(32), nullable=False),
    Column("card_number", String(19), ForeignKey(card.c.number), nullable=False),
    UniqueConstraint("bank_id", "card_number"),
)

transfer = Table(
    "transfer",
    metadata,
    Column("bank_id", String(32), primary_key=True),
    Column("intent", String(64), primary_key=True),
    Column("transfer_id", String(32), nullable=False, unique=True),
    Column("kind", String(6), nullable=False),
    Column("card_number", String(19), ForeignKey(card.c.number), nullable=False),
    Column("name", String(60), nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("notify_url", String(500), nullable=False),
    Column("state", String(10), nullable=False),
    Column("code", String(48)),
    Column("settled_at", Moment),
    Column("settled_on", Date),
    CheckConstraint("amount_fen > 0", name="transfer_of_something"),
    Index("transfer_by_day", "bank_id", "settled_on"),
)
