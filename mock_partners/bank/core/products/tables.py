"""Versions of products and each bank's own figures. A row is never changed: a new one takes effect later."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Integer,
)

from mock_partners.bank.core.kernel.tables import define_table
from partner_adapters.kit.durable.columns import DAY, DOCUMENT, WHOLE, Moment, characters

product_version = define_table(
    "product_version",
    Column("bank_id", characters(32), primary_key=True),
    Column("code", characters(48), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("effective_on", DAY, nullable=False),
    Column("document", DOCUMENT, nullable=False),
    Column("created_at", Moment, nullable=False),
    CheckConstraint("version >= 1", name="version_counts"),
)

# A member bank's figure in place of the document's, from `effective_on` on.
product_parameter = define_table(
    "product_parameter",
    Column("bank_id", characters(32), primary_key=True),
    Column("code", characters(48), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("name", characters(48), primary_key=True),
    Column("effective_on", DAY, primary_key=True),
    Column("value", WHOLE, nullable=False),
    Column("created_at", Moment, nullable=False),
    ForeignKeyConstraint(
        ["bank_id", "code", "version"],
        ["product_version.bank_id", "product_version.code", "product_version.version"],
    ),
)
