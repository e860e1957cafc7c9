"""Positions as they are shown between midnight and the close of the day.

What the account covers on a day is collected by the close of that day. Until then its payment is shown as due and not
as overdue, and nothing is refused for it. A payment that the account does not cover is overdue from midnight on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import Connection

from mock_partners.bank.core import wallet
from mock_partners.bank.core.calculation.position import Position
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.loans.collection import least_held_since
from mock_partners.bank.core.loans.records import (
    LoanRecord,
    positions_of_loans,
    unsettled_loans_of_customer,
)
from mock_partners.bank.core.wallet.states import AccountEvent
from partner_adapters.kit.values.clock import ONE_DAY


def positions_to_show(conn: Connection, ctx: Context, loans: Sequence[LoanRecord]) -> list[Position]:
    """Return each loan's position today; of one whose payment the next close collects, that of its due day.

    The loans are one customer's.
    """
    positions = positions_of_loans(conn, loans, ctx.today)
    pairs = zip(loans, positions, strict=True)
    if not any(_is_behind(loan, ctx.today) and position.due.total_fen for loan, position in pairs):
        return positions
    covered = _covered(conn, ctx, loans[0].customer_id)
    return [covered.get(loan.loan_id, position) for loan, position in zip(loans, positions, strict=True)]


def position_to_show(conn: Connection, ctx: Context, loan: LoanRecord) -> Position:
    """Return the position of one loan as `positions_to_show` does."""
    return positions_to_show(conn, ctx, [loan])[0]


def _is_behind(loan: LoanRecord, today: date) -> bool:
    return loan.closed_through < today - ONE_DAY


def _covered(conn: Connection, ctx: Context, customer_id: str) -> Mapping[str, Position]:
    """Return the loans whose payments on open days the account covers, each on the first such day.

    The days are gone through as the close does: day by day, the oldest loan first.
    """
    loans = unsettled_loans_of_customer(conn, ctx.bank_id, customer_id)
    account = wallet.find_account(conn, ctx.bank_id, loans[0].account_id)
    if account is None or not account.allows(AccountEvent.REPAY):
        return {}
    first = {loan.loan_id: loan.closed_through + ONE_DAY for loan in loans}
    current = {loan.loan_id: positions_of_loans(conn, [loan], first[loan.loan_id])[0] for loan in loans}
    covered: dict[str, Position] = {}
    uncovered: set[str] = set()
    taken_fen, day = 0, min(first.values())
    # Bound: the days since the last close.
    while day < ctx.today:
        held_fen = least_held_since(conn, ctx.bank_id, account.account_id, day)
        for loan in (loan for loan in loans if first[loan.loan_id] <= day):
            position = current[loan.loan_id].on(day)
            due_fen = position.due.total_fen
            paid_fen = min(due_fen, held_fen - taken_fen) if position.terms.rules.collect_from_account else 0
            if paid_fen < due_fen:
                uncovered.add(loan.loan_id)
            elif due_fen:
                covered.setdefault(loan.loan_id, position)
            if paid_fen > 0:
                position, _ = position.pay(paid_fen)
                taken_fen += paid_fen
            current[loan.loan_id] = position
        day += ONE_DAY
    return {loan_id: position for loan_id, position in covered.items() if loan_id not in uncovered}
