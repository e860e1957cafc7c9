"""Repayments of a loan. A quote returns the effect, and the repayment follows the quote exactly."""

from __future__ import annotations

from datetime import date

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.loans import Owed, PlanRow, RepayKind
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.wire import Command, Sha256, Wire
from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.web.calls.json_client import segment


class AskRepay(Command):
    """What to repay: all that is due now (`due`), `amount_fen` early (`part`), or everything (`full`).

    Only `part` has an amount.
    """

    kind: RepayKind
    amount_fen: Fen | None = None
    currency: Currency = CNY


class RepayQuote(Wire):
    """What a repayment would pay and the plan after it, on this business day."""

    loan_id: str
    kind: RepayKind
    amount_fen: Fen
    currency: Currency = CNY
    parts: Owed
    outstanding_after_fen: Fen
    plan_after: list[PlanRow]
    interest_saved_fen: Fen
    """Future interest of the current plan minus future interest of the plan after this repayment."""
    account_balance_fen: Fen
    """What the account contains and no order holds."""
    account_last_four: str
    business_date: date
    sha256: Sha256


class Repay(AskRepay):
    """A repayment on exactly the terms of a quote."""

    quote_sha256: Sha256


class Repayments:
    """`POST /loans/{id}/repayment-quotes`, which writes nothing, and `POST /loans/{id}/repayments`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def quote(self, loan_id: str, ask: AskRepay) -> RepayQuote:
        """Return what a repayment would pay and change. Nothing is written.

        Problems 422 on `amount`: `amount.missing|too_small|too_large`, `account.insufficient` (params `balance`).
        Problems 409 `loan.settled`, `loan.nothing_due`.
        """
        return await self._calls.ask(f"/loans/{segment(loan_id)}/repayment-quotes", ask, RepayQuote)

    async def repay(self, loan_id: str, command: Repay, intent: str) -> Order:
        """Repay on the terms of a quote. 201: an order of kind `repayment` that has succeeded.

        Raises the problems of `quote`, and 409 `quote.changed`.
        """
        return await self._calls.post(f"/loans/{segment(loan_id)}/repayments", command, Order, intent=intent)
