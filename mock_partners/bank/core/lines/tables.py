"""Credit lines. What each row may hold is checked by the database."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from mock_partners.bank.core.kernel.tables import metadata, within_bank
from partner_adapters.kit.durable.columns import Moment

credit_line = Table(
    "credit_line",
    metadata,
    Column("bank_id", String(32), primary_key=True),
    Column("line_id", String(32), primary_key=True),
    Column("customer_id", String(32), nullable=False),
    Column("contract_id", String(32), nullable=False),
    Column("contract_number", String(48), nullable=False),
    Column("product_code", String(48), nullable=False),
    Column("product_name", JSON, nullable=False),
    Column("state", String(8), nullable=False),
    Column("revolving", Boolean, nullable=False),
    Column("limit_fen", BigInteger, nullable=False),
    Column("used_fen", BigInteger, nullable=False),
    Column("held_fen", BigInteger, nullable=False),
    Column("rate_ppm", Integer, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("min_draw_fen", BigInteger, nullable=False),
    Column("step_fen", BigInteger, nullable=False),
    Column("tenors_months", JSON, nullable=False),
    Column("methods", JSON, nullable=False),
    Column("servicing", JSON, nullable=False),
    Column("opened_at", Moment, nullable=False),
    within_bank("customer", customer_id="customer_id"),
    within_bank("contract", contract_id="contract_id"),
    UniqueConstraint("bank_id", "contract_id"),
    CheckConstraint("state IN ('open', 'frozen', 'ended')", name="state_known"),
    CheckConstraint("used_fen >= 0 AND held_fen >= 0", name="nothing_negative"),
    CheckConstraint("used_fen + held_fen <= limit_fen", name="available_never_negative"),
    Index("credit_line_of_customer", "bank_id", "customer_id"),
)
"""`servicing`: the `ServicingRules` that every loan under it takes over."""
