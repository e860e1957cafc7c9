"""Credit lines. The database checks what each row may hold."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Integer,
    UniqueConstraint,
)

from mock_partners.bank.core.kernel.tables import define_table, within_bank
from partner_adapters.kit.durable.columns import DAY, DOCUMENT, FLAG, WHOLE, Moment, characters

# `servicing`: the `ServicingRules` that every loan under the line takes over. `draw_rules`: the `DrawRules` that every
# draw is held to; NULL in lines opened before there were any.
credit_line = define_table(
    "credit_line",
    Column("bank_id", characters(32), primary_key=True),
    Column("line_id", characters(32), primary_key=True),
    Column("customer_id", characters(32), nullable=False),
    Column("contract_id", characters(32), nullable=False),
    Column("contract_number", characters(48), nullable=False),
    Column("product_code", characters(48), nullable=False),
    Column("product_name", DOCUMENT, nullable=False),
    Column("state", characters(8), nullable=False),
    Column("revolving", FLAG, nullable=False),
    Column("limit_fen", WHOLE, nullable=False),
    Column("used_fen", WHOLE, nullable=False),
    Column("held_fen", WHOLE, nullable=False),
    Column("rate_ppm", Integer, nullable=False),
    Column("ends_on", DAY, nullable=False),
    Column("min_draw_fen", WHOLE, nullable=False),
    Column("step_fen", WHOLE, nullable=False),
    Column("tenors_months", DOCUMENT, nullable=False),
    Column("methods", DOCUMENT, nullable=False),
    Column("servicing", DOCUMENT, nullable=False),
    Column("draw_rules", DOCUMENT),
    Column("opened_at", Moment, nullable=False),
    within_bank("customer", customer_id="customer_id"),
    within_bank("contract", contract_id="contract_id"),
    UniqueConstraint("bank_id", "contract_id"),
    CheckConstraint("state IN ('open', 'frozen', 'ended')", name="state_known"),
    CheckConstraint("used_fen >= 0 AND held_fen >= 0", name="nothing_negative"),
    CheckConstraint("used_fen + held_fen <= limit_fen", name="available_never_negative"),
    Index("credit_line_of_customer", "bank_id", "customer_id"),
    changes=("state", "used_fen"),
)
