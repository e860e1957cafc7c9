"""Tables of inquiries (caller, subject, person and consent) and of what citizens authorised at the tax bureau."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, MetaData, String, Table

from partner_adapters.kit.durable.columns import DAY, Moment

metadata = MetaData()
inquiry = Table(
    "inquiry",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("bank_id", String(32), nullable=False),
    Column("source", String(32), nullable=False),
    Column("id_number", String(18), nullable=False),
    Column("consent_id", String(64), nullable=False),
    Column("consent_sha256", String(64), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Index("inquiry_person", "id_number", "id"),
)
# A code that the citizen's browser carries back. `expires_at` is protocol time.
code = Table(
    "code",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("bank_id", String(32), nullable=False),
    Column("redirect_uri", String(500), nullable=False),
    Column("challenge", String(43), nullable=False),
    Column("id_number", String(18), nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used", Boolean, nullable=False),
)
authorisation = Table(
    "authorisation",
    metadata,
    Column("reference", String(64), primary_key=True),
    Column("code_hash", String(64), nullable=False),
    Column("bank_id", String(32), nullable=False),
    Column("id_number", String(18), nullable=False),
    Column("valid_until", DAY, nullable=False),
    Column("revoked", Boolean, nullable=False),
)
