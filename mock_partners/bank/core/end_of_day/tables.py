"""Which business days of a bank are closed."""

from __future__ import annotations

from sqlalchemy import Column, Integer

from mock_partners.bank.core.kernel.tables import define_table
from partner_adapters.kit.durable.columns import DAY, Moment, characters

# Written when no open loan of the bank is behind the day. `open_loans`: how many there were.
day_close = define_table(
    "day_close",
    Column("bank_id", characters(32), primary_key=True),
    Column("day", DAY, primary_key=True),
    Column("open_loans", Integer, nullable=False),
    Column("closed_at", Moment, nullable=False),
)
