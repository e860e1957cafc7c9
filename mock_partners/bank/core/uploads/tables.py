"""Files on their way, and their pieces."""

from __future__ import annotations

from sqlalchemy import Column, Integer, UniqueConstraint

from mock_partners.bank.core.kernel.tables import define_table, within_bank
from partner_adapters.kit.durable.columns import BYTES, Moment, characters

# A file on its way. `slot`: what it is to be, such as the front of an identity card; a customer sends one file for a
# slot at a time. It is deleted when it was taken in or refused, and a day after it was begun.
upload = define_table(
    "upload",
    Column("bank_id", characters(32), primary_key=True),
    Column("upload_id", characters(32), primary_key=True),
    Column("customer_id", characters(32), nullable=False),
    Column("slot", characters(80), nullable=False),
    Column("total_bytes", Integer, nullable=False),
    Column("begun_at", Moment, nullable=False),
    within_bank("customer", customer_id="customer_id"),
    UniqueConstraint("bank_id", "customer_id", "slot"),
    deletes=True,
)

# No table names a row that may be deleted. Pieces are deleted with their upload.
upload_piece = define_table(
    "upload_piece",
    Column("bank_id", characters(32), primary_key=True),
    Column("upload_id", characters(32), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("content_bytes", Integer, nullable=False),
    Column("sealed", BYTES, nullable=False),
    deletes=True,
)
