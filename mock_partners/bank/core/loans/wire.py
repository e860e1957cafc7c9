"""Loans as their borrower sees them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row

from mock_partners.bank.core import wallet
from mock_partners.bank.core.calculation.position import Position
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.loans import loans
from mock_partners.bank.core.loans.plans import next_due, owed, plan_rows
from partner_adapters.core_bank.customers import ToDo
from partner_adapters.core_bank.loans import Loan, LoanSummary, Repayment

REMIND_BEFORE = timedelta(days=7)
"""From when on the home page says that an instalment is coming."""
Standing = Sequence[tuple[Row[Any], Position]]


def show(conn: Connection, ctx: Context, loan_id: str) -> Loan:
    """Problem 404 `loan.unknown`."""
    one = loans.own_loan(conn, ctx, loan_id)
    at = loans.position(conn, one, ctx.today)
    account = wallet.find(conn, ctx.bank_id, account_id=one.account_id)
    assert account is not None
    return Loan(
        **_summary(one, at).model_dump(),
        contract_id=one.contract_id,
        contract_number=one.contract_number,
        rate_ppm=at.terms.rate_ppm,
        method=one.terms["method"],
        term_months=at.terms.months,
        business_date=ctx.today,
        owed_today=owed(at.owed),
        due_now_fen=at.due.total_fen,
        plan=plan_rows(at),
        repayments=[_repayment(row) for row in loans.repayments(conn, one)],
        account_last_four=account.number[-4:],
    )


def standing(conn: Connection, ctx: Context, customer_id: str) -> Standing:
    """All of a customer's loans and where they stand today, in two statements."""
    every = loans.of_customer(conn, ctx.bank_id, customer_id, open_=False)
    return list(zip(every, loans.positions(conn, every, ctx.today), strict=True))


def summaries(standing: Standing) -> list[LoanSummary]:
    """Those still open first, each group oldest first."""
    return sorted((_summary(one, at) for one, at in standing), key=lambda one: one.state == "settled")


def todo(standing: Standing) -> list[ToDo]:
    """Instalments that are due, overdue, or will be within days."""
    found = []
    for one, at in standing:
        due = next_due(at) if one.state != "settled" else None
        if due is not None and due.due_on <= at.day + REMIND_BEFORE:
            found.append(
                ToDo(kind="repayment_due", ref=one.loan_id, amount_fen=due.total_fen, due_on=due.due_on)
            )
    return found


def _summary(one: Row[Any], at: Position) -> LoanSummary:
    return LoanSummary(
        loan_id=one.loan_id,
        line_id=one.line_id,
        product_name=one.product_name,
        state=loans.state_at(one.state, at),
        principal_fen=at.terms.principal_fen,
        outstanding_fen=at.owed.principal_fen,
        drawn_on=one.drawn_on,
        ends_on=at.instalments[-1].due_on,
        next_due=next_due(at),
    )


def _repayment(row: Row[Any]) -> Repayment:
    return Repayment(
        intent=row.intent,
        kind=row.kind,
        amount_fen=row.amount_fen,
        fees_fen=row.fees_fen,
        penalty_fen=row.penalty_fen,
        interest_fen=row.interest_fen,
        principal_fen=row.principal_fen,
        booked_at=row.booked_at,
        business_date=row.value_date,
    )
