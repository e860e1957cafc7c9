"""Repayments of a loan straight from the bound card: quoted as one from the account is, then taken by the network."""

from __future__ import annotations

from partner_adapters.core_bank.accounts import BoundCard
from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.repayments import AskRepay, Repay, RepayQuote
from partner_adapters.core_bank.wire import Evidence
from partner_adapters.kit.values.money import Fen
from partner_adapters.kit.web.calls.json_client import segment


class CardRepayQuote(RepayQuote):
    """What a repayment from the bound card would pay, and the plan after it, if the network took the money today."""

    bound_card: BoundCard
    debit_authorised: bool
    """Whether the customer agreed to the current text of `card_debit`, which covers repayments."""
    unchecked_fen: Fen
    """A repayment above this amount needs fresh evidence."""


class RepayByCard(Repay):
    """A repayment from the bound card on exactly the terms of a quote. It needs the standing consent `card_debit`."""

    evidence: Evidence | None = None


class CardRepayments:
    """`POST /loans/{id}/card-repayment-quotes`, which writes nothing, and `POST /loans/{id}/card-repayments`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def quote(self, loan_id: str, ask: AskRepay) -> CardRepayQuote:
        """Return what a repayment would pay and change. Nothing is written.

        Problems 422 on `amount`: `amount.missing|too_small|too_large`. Problems 409 `loan.settled`, `loan.nothing_due`,
        `loan.card_repayment_running` while an earlier one has no outcome.
        """
        return await self._calls.ask(f"/loans/{segment(loan_id)}/card-repayment-quotes", ask, CardRepayQuote)

    async def repay(self, loan_id: str, command: RepayByCard, intent: str) -> Order:
        """Repay on the terms of a quote. 202: an order of kind `card_repayment`.

        Problems as `quote`, 401 `step_up.required`, 403 `consent.missing`, 409 `quote.changed`.
        """
        path = f"/loans/{segment(loan_id)}/card-repayments"
        return await self._calls.post(path, command, Order, intent=intent)
