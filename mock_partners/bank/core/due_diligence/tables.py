"""Photographs of identity cards, sealed, and the risk grades of customers."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, UniqueConstraint

from mock_partners.bank.core.kernel.tables import define_table, within_bank
from partner_adapters.kit.durable.columns import BYTES, DAY, DOCUMENT, Moment, characters

_SIDE_KNOWN = "side IN ('front', 'back')"

# `sha256` is that of the JPEG, whose sealed chunks stand in the table below. `intent`: the opening that rests on it; a
# photograph without one is deleted after a day. `keep_until`: the last day of its purpose, once that has an end.
identity_image = define_table(
    "identity_image",
    Column("bank_id", characters(32), primary_key=True),
    Column("image_id", characters(32), primary_key=True),
    Column("customer_id", characters(32), nullable=False),
    Column("side", characters(5), nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("jpeg_bytes", Integer, nullable=False),
    Column("chunks", Integer, nullable=False),
    Column("sha256", characters(64), nullable=False),
    Column("key_id", characters(8), nullable=False),
    Column("stored_at", Moment, nullable=False),
    Column("intent", characters(64)),
    Column("keep_until", DAY),
    within_bank("customer", customer_id="customer_id"),
    within_bank("customer_order", intent="intent"),
    UniqueConstraint("bank_id", "intent", "side"),
    CheckConstraint(_SIDE_KNOWN, name="side_known"),
    Index("identity_image_of_customer", "bank_id", "customer_id", "side"),
    changes=("intent", "keep_until"),
    deletes=True,
)

# No table names a row that may be deleted. Chunks are deleted with their photograph.
image_chunk = define_table(
    "image_chunk",
    Column("bank_id", characters(32), primary_key=True),
    Column("image_id", characters(32), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("content_bytes", Integer, nullable=False),
    Column("sealed", BYTES, nullable=False),
    deletes=True,
)

# The risk grade of a customer with all that it rests on: the facts, the rules that met them, and the version of the
# rules. Each attempt to open an account leaves one, also those that end at the counter.
risk_grade = define_table(
    "risk_grade",
    Column("bank_id", characters(32), primary_key=True),
    Column("grade_id", characters(32), primary_key=True),
    Column("customer_id", characters(32), nullable=False),
    Column("intent", characters(64), nullable=False),
    Column("grade", characters(8), nullable=False),
    Column("points", Integer, nullable=False),
    Column("reasons", DOCUMENT, nullable=False),
    Column("facts", DOCUMENT, nullable=False),
    Column("rules_version", characters(16), nullable=False),
    Column("rules_sha256", characters(64), nullable=False),
    Column("graded_at", Moment, nullable=False),
    Column("graded_on", DAY, nullable=False),
    Column("next_review_on", DAY, nullable=False),
    within_bank("customer", customer_id="customer_id"),
    within_bank("customer_order", intent="intent"),
    UniqueConstraint("bank_id", "intent"),
    CheckConstraint("grade IN ('low', 'medium', 'high')", name="grade_known"),
    Index("risk_grade_of_customer", "bank_id", "customer_id", "graded_at"),
)
