"""The two events that change a loan: a payment taken, and a night closed.

Both post to the ledger and update the loan in the same transaction. No other module does either.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from sqlalchemy import Connection, func, insert, select, update

from mock_partners.bank.core import ledger
from mock_partners.bank.core.calculation.allocation import Breakdown
from mock_partners.bank.core.calculation.position import Position
from mock_partners.bank.core.kernel.account_roles import (
    INCOME_INTEREST,
    INCOME_PENALTY,
    LOANS_INTEREST,
    LOANS_PENALTY,
    LOANS_PRINCIPAL,
    LOANS_REPAYMENTS,
)
from mock_partners.bank.core.kernel.actions import ACCRUAL, ACCRUAL_CORRECTION, REPAYMENT
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.ledger.chart import wallet_code
from mock_partners.bank.core.lines import lines
from mock_partners.bank.core.loans.records import LoanRecord
from mock_partners.bank.core.loans.states import state_of_position
from mock_partners.bank.core.loans.tables import loan as loan_table
from mock_partners.bank.core.loans.tables import repayment as repayment_table
from partner_adapters.core_bank.loans import RepayKind
from partner_adapters.kit.values.clock import ONE_DAY
from partner_adapters.kit.values.money import money_params
from partner_adapters.kit.values.problems import invalid

_loan = loan_table.c
_repayment = repayment_table.c


@dataclass(frozen=True)
class PaymentTerms:
    """Why a payment is taken: what it covers, what caused it, and the order that it belongs to, with its reference."""

    kind: RepayKind
    origin: Literal["customer", "collection"]
    intent: str
    reference: str


@dataclass(frozen=True)
class BookedPayment:
    """A payment as booked: the position after it, what it paid, and its entry in the account's statement."""

    after: Position
    paid: Breakdown
    entry_id: str

    def order_result(self, loan_id: str) -> dict[str, str]:
        """Return the result that the payment's order states."""
        return {
            "loan_id": loan_id,
            "entry_id": self.entry_id,
            **money_params(
                principal=self.paid.principal_fen,
                interest=self.paid.interest_fen,
                penalty=self.paid.penalty_fen,
                fees=self.paid.fees_fen,
            ),
        }


class LoanMismatch(AssertionError):
    """The loan's row and its terms and payments disagree: nothing may be booked on the loan."""


def take_payment(
    conn: Connection,
    ctx: Context,
    loan: LoanRecord,
    position: Position,
    amount_fen: int,
    payment: PaymentTerms,
) -> BookedPayment:
    """Take `amount_fen` from the borrower's account and share it out, for value on the position's day.

    The position's day is open, or nothing was paid since: what the nights booked too much is then taken back.
    The order `payment.intent` exists. Problem 422 `account.insufficient` when the database refuses the debit.
    """
    unpaid = _on_open_day(loan, position)
    _require_match(loan, unpaid)
    after, paid = position.pay(amount_fen)
    # The line before the ledger, as a drawdown does: in different orders the two could wait for each other.
    if paid.principal_fen:
        lines.release(conn, ctx, loan.line_id, paid.principal_fen)
    shares = (
        (LOANS_PRINCIPAL, paid.principal_fen),
        (LOANS_INTEREST, paid.interest_fen),
        (LOANS_PENALTY, paid.penalty_fen),
    )
    try:
        entry_id, *_ = ledger.post(
            conn,
            ctx,
            REPAYMENT,
            payment.intent,
            [
                (wallet_code(loan.account_id), LOANS_REPAYMENTS, amount_fen),
                *((LOANS_REPAYMENTS, code, share_fen) for code, share_fen in shares if share_fen),
            ],
            subject=loan.loan_id,
            value_date=position.day,
            reference=payment.reference,
            counterparty=loan.product_name,
        )
    except ledger.BelowFloor as error:
        raise invalid("amount", "account.insufficient") from error
    _insert_repayment(conn, ctx, loan, position.day, paid, payment)
    after = _on_open_day(loan, after)
    _correct_nights(conn, ctx, loan, unpaid.owed, paid + after.owed, position.day, payment)
    _update_loan(conn, loan, after, closed_through=loan.closed_through)
    return BookedPayment(after, paid, str(entry_id))


def accrue_night(conn: Connection, ctx: Context, loan: LoanRecord, position: Position) -> None:
    """Close the position's day: book the interest and penalty of its night. Each night is booked only once."""
    _require_match(loan, position)
    morning = position.on(position.day + ONE_DAY)
    accruals = (
        (LOANS_INTEREST, INCOME_INTEREST, morning.owed.interest_fen - position.owed.interest_fen),
        (LOANS_PENALTY, INCOME_PENALTY, morning.owed.penalty_fen - position.owed.penalty_fen),
    )
    if postings := [accrual for accrual in accruals if accrual[2]]:
        # One intent a loan and night: the ledger refuses to book the same night again.
        intent = f"{loan.loan_id}:{position.day}"
        ledger.post(conn, ctx, ACCRUAL, intent, postings, subject=loan.loan_id, value_date=position.day)
    _update_loan(conn, loan, morning, closed_through=position.day)


def _on_open_day(loan: LoanRecord, position: Position) -> Position:
    """Return the position on the first day whose night is not booked yet, or as it is where that day has come."""
    return position.on(max(position.day, loan.closed_through + ONE_DAY))


def _correct_nights(
    conn: Connection,
    ctx: Context,
    loan: LoanRecord,
    booked: Breakdown,
    true: Breakdown,
    day: date,
    payment: PaymentTerms,
) -> None:
    """Book the difference between what the nights since `day` booked and what they cost after a payment on it."""
    corrections = (
        (LOANS_INTEREST, INCOME_INTEREST, true.interest_fen - booked.interest_fen),
        (LOANS_PENALTY, INCOME_PENALTY, true.penalty_fen - booked.penalty_fen),
    )
    postings = [
        (owed, income, more_fen) if more_fen > 0 else (income, owed, -more_fen)
        for owed, income, more_fen in corrections
        if more_fen
    ]
    if postings:
        intent = f"{payment.intent}-nights"
        ledger.post(conn, ctx, ACCRUAL_CORRECTION, intent, postings, subject=loan.loan_id, value_date=day)


def _require_match(loan: LoanRecord, position: Position) -> None:
    is_next_day = position.day == loan.closed_through + ONE_DAY
    if not is_next_day or loan.booked != replace(position.owed, fees_fen=0):
        raise LoanMismatch(f"loan {loan.loan_id} on {position.day}")


def _update_loan(conn: Connection, loan: LoanRecord, position: Position, closed_through: date) -> None:
    owed = position.owed
    done = conn.execute(
        update(loan_table)
        .where(
            _loan.bank_id == loan.bank_id,
            _loan.loan_id == loan.loan_id,
            # Another transaction may have closed the day since the loan was read.
            _loan.closed_through == loan.closed_through,
        )
        .values(
            state=state_of_position(loan.state, position),
            principal_fen=owed.principal_fen,
            interest_fen=owed.interest_fen,
            penalty_fen=owed.penalty_fen,
            closed_through=closed_through,
        )
    )
    if done.rowcount != 1:
        raise LoanMismatch(f"loan {loan.loan_id} was closed through another day in the meantime")


def _insert_repayment(
    conn: Connection, ctx: Context, loan: LoanRecord, day: date, paid: Breakdown, payment: PaymentTerms
) -> None:
    last_number = select(func.coalesce(func.max(_repayment.number), 0)).where(
        _repayment.bank_id == loan.bank_id, _repayment.loan_id == loan.loan_id
    )
    conn.execute(
        insert(repayment_table).values(
            bank_id=loan.bank_id,
            loan_id=loan.loan_id,
            number=conn.execute(last_number).scalar_one() + 1,
            intent=payment.intent,
            kind=payment.kind,
            origin=payment.origin,
            amount_fen=paid.total_fen,
            fees_fen=paid.fees_fen,
            penalty_fen=paid.penalty_fen,
            interest_fen=paid.interest_fen,
            principal_fen=paid.principal_fen,
            value_date=day,
            booked_at=ctx.now,
        )
    )
