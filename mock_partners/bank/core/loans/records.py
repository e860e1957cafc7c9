"""Loans and repayments as the core reads them: one place that turns rows into records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from mock_partners.bank.core.calculation.allocation import Breakdown
from mock_partners.bank.core.calculation.position import Payment, Position, replay
from mock_partners.bank.core.calculation.terms import LoanTerms
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.keys import with_keys
from mock_partners.bank.core.loans.states import UNSETTLED
from mock_partners.bank.core.loans.tables import loan as loan_table
from mock_partners.bank.core.loans.tables import repayment as repayment_table
from partner_adapters.core_bank.loans import LoanState, RepayKind
from partner_adapters.kit.values.money import fen_from_wire
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.texts import Text

_loan = loan_table.c
_repayment = repayment_table.c


@dataclass(frozen=True)
class LoanRecord:
    """One loan. `booked`: what the ledger holds as receivable through the end of `closed_through`.

    `fee_fen`: what was taken once when it was drawn, and `fee_name` what it is called.
    """

    bank_id: str
    loan_id: str
    line_id: str
    customer_id: str
    account_id: str
    partner: str
    intent: str
    product_name: Text
    contract_id: str
    contract_number: str
    terms: LoanTerms
    drawn_on: date
    state: LoanState
    booked: Breakdown
    closed_through: date
    fee_fen: int
    fee_name: Text | None


@dataclass(frozen=True)
class RepaymentRecord:
    """One payment received, by what it paid. `key`: what the caller of its order knows that by."""

    key: str
    kind: RepayKind
    amount_fen: int
    paid: Breakdown
    value_date: date
    booked_at: datetime


def read_loan(conn: Connection, bank_id: str, loan_id: str) -> LoanRecord:
    """Return the loan. Problem 404 `loan.unknown`."""
    query = select(loan_table).where(_loan.bank_id == bank_id, _loan.loan_id == loan_id)
    row = conn.execute(query).first()
    if row is None:
        raise Problem(404, "loan.unknown")
    return _loan_record(row)


def read_own_loan(conn: Connection, ctx: Context, loan_id: str) -> LoanRecord:
    """Return the loan. Problem 404 `loan.unknown`, also if its customer is not one of the caller's partner."""
    loan = read_loan(conn, ctx.bank_id, loan_id)
    require_own_customer(conn, ctx, loan.customer_id, "loan.unknown")
    return loan


def loans_of_customer(conn: Connection, bank_id: str, customer_id: str) -> list[LoanRecord]:
    """Return all loans of a customer, oldest first."""
    return _loans(conn, _of_customer(bank_id, customer_id))


def unsettled_loans_of_customer(conn: Connection, bank_id: str, customer_id: str) -> list[LoanRecord]:
    """Return a customer's loans that are not settled, oldest first: the order in which the account serves them."""
    return _loans(conn, _of_customer(bank_id, customer_id).where(_loan.state.in_(UNSETTLED)))


def repayments_of_loan(conn: Connection, loan: LoanRecord) -> list[RepaymentRecord]:
    """Return what was paid on a loan, in the order received."""
    query = with_keys(select(repayment_table), _repayment.bank_id, _repayment.intent).where(
        _repayment.bank_id == loan.bank_id, _repayment.loan_id == loan.loan_id
    )
    return [_repayment_record(row) for row in conn.execute(query.order_by(_repayment.number))]


def position_of_loan(conn: Connection, loan: LoanRecord, day: date) -> Position:
    """Return the position of the loan on `day`, after everything paid so far."""
    return positions_of_loans(conn, [loan], day)[0]


def positions_of_loans(conn: Connection, loans: Sequence[LoanRecord], day: date) -> list[Position]:
    """Return the position of each of one bank's loans on `day`. All their payments are read in one statement."""
    payments = defaultdict[str, list[Payment]](list)
    if loans:
        query = (
            select(_repayment.loan_id, _repayment.value_date, _repayment.amount_fen)
            .where(_repayment.bank_id == loans[0].bank_id)
            .where(_repayment.loan_id.in_([loan.loan_id for loan in loans]))
            .order_by(_repayment.loan_id, _repayment.number)
        )
        for loan_id, value_date, amount_fen in conn.execute(query):
            payments[loan_id].append(Payment(value_date, amount_fen))
    return [replay(loan.terms, payments[loan.loan_id], day) for loan in loans]


def owed_by_customer(conn: Connection, ctx: Context, customer_id: str) -> int:
    """Return what settles all loans of a customer today, in fen."""
    loans = unsettled_loans_of_customer(conn, ctx.bank_id, customer_id)
    return sum(position.owed.total_fen for position in positions_of_loans(conn, loans, ctx.today))


def _of_customer(bank_id: str, customer_id: str) -> Select[Any]:
    return select(loan_table).where(_loan.bank_id == bank_id, _loan.customer_id == customer_id)


def _loans(conn: Connection, query: Select[Any]) -> list[LoanRecord]:
    return [_loan_record(row) for row in conn.execute(query.order_by(_loan.drawn_on, _loan.loan_id))]


def _loan_record(row: Row[Any]) -> LoanRecord:
    return LoanRecord(
        bank_id=row.bank_id,
        loan_id=row.loan_id,
        line_id=row.line_id,
        customer_id=row.customer_id,
        account_id=row.account_id,
        partner=row.partner,
        intent=row.intent,
        product_name=row.product_name,
        contract_id=row.contract_id,
        contract_number=row.contract_number,
        terms=LoanTerms.load(row.terms),
        drawn_on=row.drawn_on,
        state=LoanState(row.state),
        booked=Breakdown(
            penalty_fen=row.penalty_fen, interest_fen=row.interest_fen, principal_fen=row.principal_fen
        ),
        closed_through=row.closed_through,
        fee_fen=fen_from_wire(row.agreed["fees"]),
        fee_name=row.agreed.get("fee_name"),
    )


def _repayment_record(row: Row[Any]) -> RepaymentRecord:
    return RepaymentRecord(
        key=row.key,
        kind=row.kind,
        amount_fen=row.amount_fen,
        paid=Breakdown(row.fees_fen, row.penalty_fen, row.interest_fen, row.principal_fen),
        value_date=row.value_date,
        booked_at=row.booked_at,
    )
