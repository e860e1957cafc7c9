"""Table of inquiries: caller, subject, person and consent."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, MetaData, String, Table

from partner_adapters.kit.durable.columns import Moment

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
