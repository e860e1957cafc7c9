"""Tables of the signing system: envelopes, every document as prepared and as signed, and sealed documents."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
)

from partner_adapters.kit.durable.columns import Moment
from partner_adapters.kit.durable.idempotency import define_idempotency

metadata = MetaData()
idempotency = define_idempotency(metadata)

envelope = Table(
    "envelope",
    metadata,
    Column("bank_id", String(32), primary_key=True),
    Column("envelope_id", String(32), primary_key=True),
    Column("number", String(40), nullable=False),
    Column("signer", JSON, nullable=False),
    Column("state", String(8), nullable=False),
    Column("pages", Integer, nullable=False),
    Column("prepared_at", Moment, nullable=False),
    Column("signed_at", Moment),
    Column("certificate", JSON(none_as_null=True)),
    Column("confirmed_at", Moment),
    Column("evidence_digest", String(64)),
    CheckConstraint(
        "(state = 'ready' AND signed_at IS NULL AND certificate IS NULL AND evidence_digest IS NULL)"
        " OR (state = 'signed' AND signed_at IS NOT NULL AND certificate IS NOT NULL"
        " AND confirmed_at IS NOT NULL AND evidence_digest IS NOT NULL)",
        name="envelope_signed_wholly_or_not",
    ),
)

# The document as text, written with the envelope and never changed.
readable_text = Table(
    "readable_text",
    metadata,
    Column("bank_id", String(32), primary_key=True),
    Column("envelope_id", String(32), primary_key=True),
    Column("blocks", JSON, nullable=False),
    ForeignKeyConstraint(["bank_id", "envelope_id"], [envelope.c.bank_id, envelope.c.envelope_id]),
)

# Rows are added and never changed: one for each state that the envelope has been in.
document = Table(
    "document",
    metadata,
    Column("bank_id", String(32), primary_key=True),
    Column("envelope_id", String(32), primary_key=True),
    Column("state", String(8), primary_key=True),
    Column("sha256", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
    ForeignKeyConstraint(["bank_id", "envelope_id"], [envelope.c.bank_id, envelope.c.envelope_id]),
)

# Documents that the bank alone seals. Rows are added and never changed.
sealed_document = Table(
    "sealed_document",
    metadata,
    Column("bank_id", String(32), primary_key=True),
    Column("document_id", String(32), primary_key=True),
    Column("number", String(40), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("sealed_at", Moment, nullable=False),
)
