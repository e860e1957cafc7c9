"""Versions of products and each bank's own figures. Neither is ever changed: a new row takes effect later."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKeyConstraint,
    Integer,
    String,
    Table,
)

from mock_partners.bank.core.kernel.tables import metadata
from partner_adapters.kit.durable.columns import Moment

product_version = Table(
    "product_version",
    metadata,
    Column("bank_id", String(32), primary_key=True),
    Column("code", String(48), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("effective_on", Date, nullable=False),
    Column("document", JSON, nullable=False),
    Column("created_at", Moment, nullable=False),
    CheckConstraint("version >= 1", name="version_counts"),
)

product_parameter = Table(
    "product_parameter",
    metadata,
    Column("bank_id", String(32), primary_key=True),
    Column("code", String(48), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("name", String(48), primary_key=True),
    Column("effective_on", Date, primary_key=True),
    Column("value", BigInteger, nullable=False),
    Column("created_at", Moment, nullable=False),
    ForeignKeyConstraint(
        ["bank_id", "code", "version"],
        ["product_version.bank_id", "product_version.code", "product_version.version"],
    ),
)
"""A member bank's figure in place of the document's, from `effective_on` on."""
