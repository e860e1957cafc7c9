"""Table of all messages sent."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, MetaData, String, Table

from partner_adapters.kit.durable.columns import Moment
from partner_adapters.kit.durable.idempotency import define_idempotency

metadata = MetaData()
idempotency = define_idempotency(metadata)
message = Table(
    "message",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("message_id", String(32), nullable=False, unique=True),
    Column("bank_id", String(32), nullable=False),
    Column("phone", String(11), nullable=False),
    Column("text", String(500), nullable=False),
    Column("kind", String(48), nullable=False),
    Column("sent_at", Moment, nullable=False),
    Index("message_inbox", "phone", "number"),
)
