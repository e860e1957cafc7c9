"""Loans and repayments: the plan, what is owed today, and repaying it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.lines import PlanRow
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.products import RepaymentMethod
from partner_adapters.core_bank.wire import Command, Sha256, Wire
from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.values.texts import Text
from partner_adapters.kit.web.calls.json_client import segment

RepayKind = Literal["due", "part", "full"]


class LoanState(StrEnum):
    ACTIVE = "active"
    OVERDUE = "overdue"
    SETTLED = "settled"


class NextDue(Wire):
    due_on: date
    principal_fen: Fen
    interest_fen: Fen
    penalty_fen: Fen
    total_fen: Fen
    currency: Currency = CNY


class LoanSummary(Wire):
    loan_id: str
    line_id: str
    product_name: Text
    state: LoanState
    principal_fen: Fen
    outstanding_fen: Fen
    """Principal not yet repaid."""
    currency: Currency = CNY
    drawn_on: date
    ends_on: date
    next_due: NextDue | None = None


class Owed(Wire):
    """What settling the loan today would cost, in parts."""

    fees_fen: Fen
    penalty_fen: Fen
    interest_fen: Fen
    principal_fen: Fen
    total_fen: Fen
    currency: Currency = CNY


class Repayment(Wire):
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
    contract_id: str
    contract_number: str
    rate_ppm: int
    method: RepaymentMethod
    term_months: int
    business_date: date
    owed_today: Owed
    due_now_fen: Fen
    plan: list[PlanRow]
    repayments: list[Repayment] = []
    account_last_four: str


class AskRepay(Command):
    """What to repay: `due` (all that is due now), `part` (`amount` early) or `full`. Only `part` has an amount."""

    kind: RepayKind
    amount_fen: Fen | None = None
    currency: Currency = CNY


class RepayQuote(Wire):
    """What a repayment would do, before it is confirmed."""

    loan_id: str
    kind: RepayKind
    amount_fen: Fen
    currency: Currency = CNY
    parts: Owed
    outstanding_after_fen: Fen
    plan_after: list[PlanRow]
    interest_saved_fen: Fen
    """Future interest without this repayment, minus future interest after it."""
    account_balance_fen: Fen
    account_last_four: str
    business_date: date
    sha256: Sha256


class Repay(AskRepay):
    quote_sha256: Sha256


class Loans:
    """`GET /loans/{id}`, `POST /loans/{id}/repayment-quotes`, `POST /loans/{id}/repayments`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def get(self, loan_id: str) -> Loan:
        return await self._calls.get(f"/loans/{segment(loan_id)}", Loan)

    async def quote(self, loan_id: str, ask: AskRepay) -> RepayQuote:
        """Return what a repayment would do. Nothing is written.

        Problems 422 on `amount`: `amount.missing|too_small|too_large`, `account.insufficient` (params `balance`).
        Problems 409 `loan.settled`, `loan.nothing_due`.
        """
        return await self._calls.ask(f"/loans/{segment(loan_id)}/repayment-quotes", ask, RepayQuote)

    async def repay(self, loan_id: str, command: Repay, intent: str) -> Order:
        """Repay what was quoted. 201: an order that has succeeded. Problems as for `quote`, and 409 `quote.changed`."""
        return await self._calls.post(f"/loans/{segment(loan_id)}/repayments", command, Order, intent=intent)
