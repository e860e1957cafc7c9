"""Loans as their borrower sees them: the plan with the state of each instalment, what is owed, what is due next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection

from mock_partners.bank.core import wallet
from mock_partners.bank.core.calculation.allocation import Breakdown
from mock_partners.bank.core.calculation.annual_rate import annual_rate_ppm
from mock_partners.bank.core.calculation.position import PlannedInstalment, Position
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.loans.before_the_close import position_to_show, positions_to_show
from mock_partners.bank.core.loans.records import (
    LoanRecord,
    RepaymentRecord,
    loans_of_customer,
    read_own_loan,
    repayments_of_loan,
)
from mock_partners.bank.core.loans.states import LOAN_STATES, LoanEvent, state_of_position
from partner_adapters.core_bank.customers import ToDo
from partner_adapters.core_bank.loans import Loan, LoanSummary, NextDue, Owed, PlanRow, Repayment

# How long before its due date the home page begins to remind of an instalment.
REMIND_BEFORE = timedelta(days=7)
LoansWithPositions = Sequence[tuple[LoanRecord, Position]]


def show_loan(conn: Connection, ctx: Context, loan_id: str) -> Loan:
    """Return one loan in full. Problem 404 `loan.unknown`."""
    loan = read_own_loan(conn, ctx, loan_id)
    position = position_to_show(conn, ctx, loan)
    account = wallet.find_account(conn, ctx.bank_id, loan.account_id)
    assert account is not None, "a loan refers to its account"
    return Loan(
        **_summary_to_wire(loan, position).model_dump(),
        contract_id=loan.contract_id,
        contract_number=loan.contract_number,
        rate_ppm=loan.terms.rate_ppm,
        annual_rate_ppm=annual_rate_ppm(loan.terms, fee_fen=loan.fee_fen),
        draw_fee_fen=loan.fee_fen,
        draw_fee_name=loan.fee_name if loan.fee_fen else None,
        method=loan.terms.method.value,
        term_months=loan.terms.months,
        business_date=ctx.today,
        owed_today=breakdown_to_wire(position.owed),
        due_now_fen=position.due.total_fen,
        plan=plan_to_wire(position),
        repayments=[_repayment_to_wire(repayment) for repayment in repayments_of_loan(conn, loan)],
        account_last_four=account.number[-4:],
    )


def read_loans_with_positions(conn: Connection, ctx: Context, customer_id: str) -> LoansWithPositions:
    """Return all loans of a customer with their positions as they are shown. Usually this takes two statements."""
    loans = loans_of_customer(conn, ctx.bank_id, customer_id)
    return list(zip(loans, positions_to_show(conn, ctx, loans), strict=True))


def summaries_to_wire(loans: LoansWithPositions) -> list[LoanSummary]:
    """Return the loans that are still to be repaid before the settled ones, each group oldest first."""
    summaries = [_summary_to_wire(loan, position) for loan, position in loans]
    return sorted(summaries, key=lambda summary: LOAN_STATES.is_final(summary.state))


def todo_to_wire(loans: LoansWithPositions) -> list[ToDo]:
    """Return what the borrower has to pay: instalments that are due, overdue, or will be due within days."""
    items = []
    for loan, position in loans:
        if not LOAN_STATES.allows(loan.state, LoanEvent.REPAY):
            continue
        due = next_due_to_wire(position)
        if due is not None and due.due_on <= position.day + REMIND_BEFORE:
            items.append(
                ToDo(kind="repayment_due", ref=loan.loan_id, amount_fen=due.total_fen, due_on=due.due_on)
            )
    return items


def plan_to_wire(position: Position) -> list[PlanRow]:
    """Return every instalment: its full cost, what was paid of it, and its state on the position's day."""
    is_settled = not position.owed.total_fen
    return [
        PlanRow(
            number=instalment.number,
            due_on=instalment.due_on,
            principal_fen=instalment.principal_fen,
            interest_fen=instalment.interest_fen,
            total_fen=instalment.principal_fen + instalment.interest_fen,
            paid_principal_fen=instalment.paid_principal_fen,
            paid_interest_fen=instalment.paid_interest_fen,
            state="paid" if is_settled else _instalment_state(position, instalment),
        )
        for instalment in position.plan()
    ]


def breakdown_to_wire(breakdown: Breakdown) -> Owed:
    """Return the fees, penalty, interest and principal of an amount, and their total."""
    return Owed(
        fees_fen=breakdown.fees_fen,
        penalty_fen=breakdown.penalty_fen,
        interest_fen=breakdown.interest_fen,
        principal_fen=breakdown.principal_fen,
        total_fen=breakdown.total_fen,
    )


def next_due_to_wire(position: Position) -> NextDue | None:
    """Return what must be paid next: everything due already, else the first upcoming instalment.

    None if nothing is left to pay.
    """
    due = position.due
    if due.total_fen:
        return NextDue(
            due_on=position.oldest_unpaid_due_on or position.day,
            principal_fen=due.principal_fen,
            interest_fen=due.interest_fen,
            penalty_fen=due.penalty_fen,
            total_fen=due.total_fen,
        )
    for instalment in position.plan():
        if instalment.unpaid_fen:
            return NextDue(
                due_on=instalment.due_on,
                principal_fen=instalment.principal_fen - instalment.paid_principal_fen,
                interest_fen=instalment.interest_fen - instalment.paid_interest_fen,
                penalty_fen=0,
                total_fen=instalment.unpaid_fen,
            )
    return None


def _instalment_state(position: Position, instalment: PlannedInstalment) -> str:
    days = (position.day - instalment.due_on).days
    if days < 0:
        return "planned"
    if not instalment.unpaid_fen:
        return "paid"
    return "overdue" if days > position.terms.rules.grace_days else "due"


def _summary_to_wire(loan: LoanRecord, position: Position) -> LoanSummary:
    return LoanSummary(
        loan_id=loan.loan_id,
        line_id=loan.line_id,
        product_name=loan.product_name,
        state=state_of_position(loan.state, position),
        principal_fen=loan.terms.principal_fen,
        outstanding_fen=position.owed.principal_fen,
        drawn_on=loan.drawn_on,
        ends_on=position.instalments[-1].due_on,
        next_due=next_due_to_wire(position),
    )


def _repayment_to_wire(repayment: RepaymentRecord) -> Repayment:
    return Repayment(
        intent=repayment.key,
        kind=repayment.kind,
        amount_fen=repayment.amount_fen,
        fees_fen=repayment.paid.fees_fen,
        penalty_fen=repayment.paid.penalty_fen,
        interest_fen=repayment.paid.interest_fen,
        principal_fen=repayment.paid.principal_fen,
        booked_at=repayment.booked_at,
        business_date=repayment.value_date,
    )
