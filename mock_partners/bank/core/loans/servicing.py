"""What changes an open loan: a payment taken, a day closed. Both book in the ledger and in the sub-ledger at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Row, func, insert, select, update

from mock_partners.bank.core import ledger, orders
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
from mock_partners.bank.core.kernel.actions import ACCRUAL, REPAYMENT
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.ledger.chart import wallet
from mock_partners.bank.core.ledger.tables import posting
from mock_partners.bank.core.lines import lines
from mock_partners.bank.core.loans import loans
from mock_partners.bank.core.loans.tables import loan, repayment
from partner_adapters.core_bank.loans import RepayKind
from partner_adapters.kit.values.money import money_params
from partner_adapters.kit.values.problems import invalid

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Taken:
    """A payment in the books: where the loan stands after it, what it paid, its entry in the statement."""

    after: Position
    parts: Breakdown
    entry_id: str

    def result(self, loan_id: str) -> dict[str, str]:
        """What its order says came of it."""
        return {
            "loan_id": loan_id,
            "entry_id": self.entry_id,
            **money_params(
                principal=self.parts.principal_fen,
                interest=self.parts.interest_fen,
                penalty=self.parts.penalty_fen,
                fees=self.parts.fees_fen,
            ),
        }


class OutOfStep(AssertionError):
    """The sub-ledger and the loan's terms and payments say different things: nothing may be booked on it."""


def take_payment(
    conn: Connection,
    ctx: Context,
    one: Row[Any],
    at: Position,
    amount_fen: int,
    *,
    kind: RepayKind,
    origin: Literal["customer", "collection"],
    intent: str,
) -> Taken:
    """Take `amount_fen` from the borrower's account and share it out, for value on the position's day.

    The order `intent` exists. Problem 422 `account.insufficient` when the database refuses the debit.
    """
    _in_step(one, at)
    after, parts = at.pay(amount_fen)
    # The line before the ledger, as a drawdown does: the other way round the two would wait for each other.
    if parts.principal_fen:
        lines.release(conn, ctx, one.line_id, parts.principal_fen)
    shares = (
        (LOANS_PRINCIPAL, parts.principal_fen),
        (LOANS_INTEREST, parts.interest_fen),
        (LOANS_PENALTY, parts.penalty_fen),
    )
    try:
        journal_id = ledger.post(
            conn,
            ctx,
            REPAYMENT,
            intent,
            [
                (wallet(one.account_id), LOANS_REPAYMENTS, amount_fen),
                *((LOANS_REPAYMENTS, code, share) for code, share in shares if share),
            ],
            subject=one.loan_id,
            value_date=at.day,
            reference=orders.read(conn, ctx.bank_id, intent).reference,
            counterparty=one.product_name,
        )
    except ledger.BelowFloor as error:
        raise invalid("amount", "account.insufficient") from error
    _record(conn, ctx, one, at.day, parts, kind=kind, origin=origin, intent=intent)
    _keep(conn, one, after, closed_through=one.closed_through)
    return Taken(after, parts, _entry_id(conn, one.bank_id, journal_id))


def _entry_id(conn: Connection, bank_id: str, journal_id: str) -> str:
    t = posting.c
    in_statement = (t.bank_id == bank_id, t.journal_id == journal_id, t.credit_code == LOANS_REPAYMENTS)
    return str(conn.execute(select(t.posting_id).where(*in_statement)).scalar_one())


def accrue(conn: Connection, ctx: Context, one: Row[Any], at: Position) -> None:
    """Close the position's day: book what the night costs. Booked once, whoever else tries."""
    _in_step(one, at)
    morning = at.on(at.day + ONE_DAY)
    interest_fen = morning.owed.interest_fen - at.owed.interest_fen
    penalty_fen = morning.owed.penalty_fen - at.owed.penalty_fen
    booked = (
        (LOANS_INTEREST, INCOME_INTEREST, interest_fen),
        (LOANS_PENALTY, INCOME_PENALTY, penalty_fen),
    )
    if lines_ := [line for line in booked if line[2]]:
        intent = f"{one.loan_id}:{at.day}"  # one for each night, so that a second posting of it is refused
        ledger.post(conn, ctx, ACCRUAL, intent, lines_, subject=one.loan_id, value_date=at.day)
    _keep(conn, one, morning, closed_through=at.day)


def _in_step(one: Row[Any], at: Position) -> None:
    kept = Breakdown(0, one.penalty_fen, one.interest_fen, one.principal_fen)
    if at.day != one.closed_through + ONE_DAY or kept != replace(at.owed, fees_fen=0):
        raise OutOfStep(f"loan {one.loan_id} on {at.day}")


def _keep(conn: Connection, one: Row[Any], at: Position, closed_through: date) -> None:
    owed = at.owed
    done = conn.execute(
        update(loan)
        .where(
            loan.c.bank_id == one.bank_id,
            loan.c.loan_id == one.loan_id,
            loan.c.closed_through == one.closed_through,
        )
        .values(
            state=loans.state_at(one.state, at),
            principal_fen=owed.principal_fen,
            interest_fen=owed.interest_fen,
            penalty_fen=owed.penalty_fen,
            closed_through=closed_through,
        )
    )
    if done.rowcount != 1:
        raise OutOfStep(f"loan {one.loan_id} moved on")


def _record(
    conn: Connection,
    ctx: Context,
    one: Row[Any],
    day: date,
    parts: Breakdown,
    *,
    kind: str,
    origin: str,
    intent: str,
) -> None:
    t = repayment.c
    last = select(func.coalesce(func.max(t.number), 0)).where(
        t.bank_id == one.bank_id, t.loan_id == one.loan_id
    )
    conn.execute(
        insert(repayment).values(
            bank_id=one.bank_id,
            loan_id=one.loan_id,
            number=conn.execute(last).scalar_one() + 1,
            intent=intent,
            kind=kind,
            origin=origin,
            amount_fen=parts.total_fen,
            fees_fen=parts.fees_fen,
            penalty_fen=parts.penalty_fen,
            interest_fen=parts.interest_fen,
            principal_fen=parts.principal_fen,
            value_date=day,
            booked_at=ctx.now,
        )
    )
