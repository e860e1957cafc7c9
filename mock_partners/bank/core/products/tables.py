"""Editions of products: the documents, with each bank's own figures in them, that applications were made under."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Integer

from mock_partners.bank.core.kernel.tables import define_table
from partner_adapters.kit.durable.columns import DOCUMENT, Moment, characters

# Kept whole under its hash, so that no later change of a layer reaches a case that began before.
product_edition = define_table(
    "product_edition",
    Column("bank_id", characters(32), primary_key=True),
    Column("sha256", characters(64), primary_key=True),
    Column("code", characters(48), nullable=False),
    Column("version", Integer, nullable=False),
    Column("document", DOCUMENT, nullable=False),
    Column("first_used_at", Moment, nullable=False),
    CheckConstraint("version >= 1", name="version_counts"),
)
