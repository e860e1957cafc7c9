"""Which business days of a bank are closed."""

from __future__ import annotations

from sqlalchemy import Column, Date, Integer, String, Table

from mock_partners.bank.core.kernel.tables import metadata
from partner_adapters.kit.durable.columns import Moment

day_close = Table(
    "day_close",
    metadata,
    Column("bank_id", String(32), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("open_loans", Integer, nullable=False),
    Column("closed_at", Moment, nullable=False),
)
"""Written when no open loan of the bank is behind the day. `open_loans`: how many there were."""
