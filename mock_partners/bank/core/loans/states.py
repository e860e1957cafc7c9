"""The states of a loan, and what may happen in each."""

from __future__ import annotations

from enum import StrEnum

from mock_partners.bank.core.calculation.position import Position
from mock_partners.bank.core.kernel.transitions import TransitionTable
from partner_adapters.core_bank.loans import LoanState
from partner_adapters.kit.values.problems import Problem

UNSETTLED = (LoanState.ACTIVE, LoanState.OVERDUE)


class LoanEvent(StrEnum):
    REPAY = "repay"
    CLOSE_DAY = "close_day"
    # What a position shows after a payment or a day:
    FOUND_CURRENT = "found_current"
    FOUND_OVERDUE = "found_overdue"
    FOUND_SETTLED = "found_settled"


LOAN_STATES = TransitionTable(
    "loan",
    {
        # A payment and a day leave the state alone. The position after them then decides it.
        LoanEvent.REPAY: {state: state for state in UNSETTLED},
        LoanEvent.CLOSE_DAY: {state: state for state in UNSETTLED},
        LoanEvent.FOUND_CURRENT: dict.fromkeys(UNSETTLED, LoanState.ACTIVE),
        LoanEvent.FOUND_OVERDUE: dict.fromkeys(UNSETTLED, LoanState.OVERDUE),
        # A settled loan stays settled. That it owes something again would be a fault of the program.
        LoanEvent.FOUND_SETTLED: dict.fromkeys(LoanState, LoanState.SETTLED),
    },
    {LoanEvent.REPAY: lambda _: Problem(409, "loan.settled")},
)


def state_of_position(current: LoanState, position: Position) -> LoanState:
    """Return the loan's state at this position. Raises `IllegalTransition` if a settled loan owes something again."""
    if not position.owed.total_fen:
        event = LoanEvent.FOUND_SETTLED
    else:
        event = LoanEvent.FOUND_OVERDUE if position.overdue_days else LoanEvent.FOUND_CURRENT
    return LOAN_STATES.next_state(current, event)
