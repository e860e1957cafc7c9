"""How two persons of the bank resolved differences. A row is never changed."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint, text

from mock_partners.bank.core.kernel.tables import define_table, within_bank
from partner_adapters.kit.durable.columns import WHOLE, Moment, characters

_CONFIRMED = text("step = 'confirm'")

# One person proposes a resolution, and another confirms exactly that. The latest proposal of a difference waits until
# then; an earlier one is replaced by it. `amount_fen`: what the resolution books, NULL where it books nothing.
# `account_id`: the customer account that the money goes to or comes from. Times are business time.
difference_step = define_table(
    "difference_step",
    Column("bank_id", characters(32), primary_key=True),
    Column("number", WHOLE, primary_key=True, autoincrement=False),
    Column("difference_id", characters(32), nullable=False),
    Column("step", characters(8), nullable=False),
    Column("action", characters(16), nullable=False),
    Column("amount_fen", WHOLE),
    Column("account_id", characters(32)),
    Column("reason", characters(500), nullable=False),
    Column("operator", characters(200), nullable=False),
    Column("at", Moment, nullable=False),
    # Of a `confirm`: the proposal that it confirms, and who made that.
    Column("proposal", WHOLE),
    Column("proposed_by", characters(200)),
    UniqueConstraint(
        "bank_id", "number", "operator", "difference_id", "action", name="difference_step_as_proposed_key"
    ),
    UniqueConstraint("bank_id", "proposal"),
    within_bank("difference", difference_id="difference_id"),
    within_bank("account", account_id="account_id"),
    within_bank(
        "difference_step",
        "difference_step_as_proposed_fkey",
        proposal="number",
        proposed_by="operator",
        difference_id="difference_id",
        action="action",
    ),
    CheckConstraint("step IN ('propose', 'confirm')", name="step_known"),
    CheckConstraint(
        "action IN ('late_success', 'reversal', 'suspense', 'to_account', 'to_card', 'nothing')",
        name="action_known",
    ),
    CheckConstraint("(action = 'nothing') = (amount_fen IS NULL)", name="amount_where_booked"),
    CheckConstraint("amount_fen IS NULL OR amount_fen > 0", name="amount_positive"),
    CheckConstraint(
        "(step = 'confirm') = (proposal IS NOT NULL) AND (step = 'confirm') = (proposed_by IS NOT NULL)",
        name="confirms_a_proposal",
    ),
    CheckConstraint("proposed_by <> operator", name="resolved_by_two"),
    Index(
        "difference_step_resolved_once",
        "bank_id",
        "difference_id",
        unique=True,
        sqlite_where=_CONFIRMED,
        postgresql_where=_CONFIRMED,
    ),
)
