"""Loans: terms, repayment plan, amounts owed today, and repayments so far."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.products import RepaymentMethod
from partner_adapters.core_bank.wire import Wire
from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.values.texts import Text
from partner_adapters.kit.web.calls.json_client import segment

RepayKind = Literal["due", "part", "full"]


class LoanState(StrEnum):
    """`active`: nothing is overdue. `overdue`: an instalment was not paid in time. `settled`: everything is repaid."""

    ACTIVE = "active"
    OVERDUE = "overdue"
    SETTLED = "settled"


class PlanRow(Wire):
    """One instalment of a repayment plan. In a quote nothing is paid yet."""

    number: int
    due_on: date
    principal_fen: Fen
    interest_fen: Fen
    total_fen: Fen
    paid_principal_fen: Fen = 0
    paid_interest_fen: Fen = 0
    currency: Currency = CNY
    state: Literal["planned", "due", "overdue", "paid"] = "planned"


class NextDue(Wire):
    """The next payment of a loan: everything that is due already, or else the first upcoming instalment."""

    due_on: date
    principal_fen: Fen
    interest_fen: Fen
    penalty_fen: Fen
    total_fen: Fen
    currency: Currency = CNY


class LoanSummary(Wire):
    """A loan, as the home page lists it."""

    loan_id: str
    line_id: str
    product_name: Text
    state: LoanState
    principal_fen: Fen
    outstanding_fen: Fen
    """Principal that is not repaid."""
    currency: Currency = CNY
    drawn_on: date
    ends_on: date
    next_due: NextDue | None = None


class Owed(Wire):
    """The amounts that settle the loan in full today, by fees, penalty, interest and principal.

    In a quote, the amounts that a repayment pays.
    """

    fees_fen: Fen
    penalty_fen: Fen
    interest_fen: Fen
    principal_fen: Fen
    total_fen: Fen
    currency: Currency = CNY


class Repayment(Wire):
    """One repayment that is booked, with the parts that it paid."""

    intent: str
    kind: RepayKind
    amount_fen: Fen
    fees_fen: Fen
    penalty_fen: Fen
    interest_fen: Fen
    principal_fen: Fen
    currency: Currency = CNY
    booked_at: datetime
    business_date: date


class Loan(LoanSummary):
    """A loan in full: its terms, the amounts owed on `business_date`, its plan and its repayments."""

    contract_id: str
    contract_number: str
    rate_ppm: int
    """The contract rate, which calculates the interest."""
    annual_rate_ppm: int
    """What the loan costs a year by its cash flows, if it is repaid as planned at its drawdown: see `AnnualRate`."""
    draw_fee_fen: Fen = 0
    """What the bank took once when the loan was drawn. The annual rate counts it."""
    draw_fee_name: Text | None = Field(default=None, exclude_if=lambda name: name is None)
    """What the fee is called. None: none was taken."""
    method: RepaymentMethod
    term_months: int
    business_date: date
    owed_today: Owed
    due_now_fen: Fen
    plan: list[PlanRow]
    repayments: list[Repayment] = []
    account_last_four: str


class Loans:
    """`GET /loans/{id}`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def get(self, loan_id: str) -> Loan:
        return await self._calls.get(f"/loans/{segment(loan_id)}", Loan)
