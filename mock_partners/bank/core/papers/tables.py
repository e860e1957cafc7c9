"""Papers of applications, and their sealed pages."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer

from mock_partners.bank.core.kernel.tables import define_table, within_bank
from partner_adapters.kit.durable.columns import BYTES, DOCUMENT, Moment, characters

# `page_bytes`: the size of each page's JPEG, one after the other in the content, whose sealed chunks stand in the table
# below. `sha256` is that of the content.
paper = define_table(
    "paper",
    Column("bank_id", characters(32), primary_key=True),
    Column("paper_id", characters(32), primary_key=True),
    Column("application_id", characters(32), nullable=False),
    Column("customer_id", characters(32), nullable=False),
    Column("code", characters(32), nullable=False),
    Column("page_bytes", DOCUMENT, nullable=False),
    Column("content_bytes", Integer, nullable=False),
    Column("chunks", Integer, nullable=False),
    Column("sha256", characters(64), nullable=False),
    Column("key_id", characters(8), nullable=False),
    Column("stored_at", Moment, nullable=False),
    within_bank("application", application_id="application_id"),
    within_bank("customer", customer_id="customer_id"),
    CheckConstraint("content_bytes > 0 AND chunks > 0", name="is_whole"),
    Index("paper_of_application", "bank_id", "application_id", "stored_at"),
    deletes=True,
)

# No table names a row that may be deleted. Chunks are deleted with their paper.
paper_chunk = define_table(
    "paper_chunk",
    Column("bank_id", characters(32), primary_key=True),
    Column("paper_id", characters(32), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("content_bytes", Integer, nullable=False),
    Column("sealed", BYTES, nullable=False),
    deletes=True,
)
