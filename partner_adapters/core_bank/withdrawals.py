"""Withdrawals: transfers from the electronic account to the bound card. A quote says the fee and when it arrives."""

from __future__ import annotations

from datetime import date

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.wire import Command, Evidence, Sha256, Wire
from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.web.calls.json_client import segment


class AskWithdraw(Command):
    """How much to transfer to the bound card. The fee is taken besides."""

    amount_fen: Fen
    currency: Currency = CNY


class WithdrawQuote(Wire):
    """What a withdrawal would cost and when it would arrive, on this business day."""

    account_id: str
    amount_fen: Fen
    fee_fen: Fen
    """Taken from the account besides the amount."""
    currency: Currency = CNY
    usual_minutes: int
    """Within how many minutes the card usually has the money."""
    latest_on: date
    """The day by whose end the card has the money, or the account has it back."""
    sha256: Sha256


class Withdraw(AskWithdraw):
    """A withdrawal on exactly the terms of a quote. It needs fresh evidence."""

    quote_sha256: Sha256
    evidence: Evidence


class Withdrawals:
    """`POST /accounts/{id}/withdrawal-quotes`, which writes nothing, and `POST /accounts/{id}/withdrawals`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def quote(self, account_id: str, ask: AskWithdraw) -> WithdrawQuote:
        """Return the fee and the time of arrival. Nothing is written.

        Problems 422 on `amount`: `amount.too_small` (params `min`), `account.not_enough` (params `available`), and
        `account_limit.day`, `account_limit.year`, `own_limit.day` (params `left`, `limit`), `own_limit.each`.
        Problem 409 `account.not_open`.
        """
        return await self._calls.ask(f"/accounts/{segment(account_id)}/withdrawal-quotes", ask, WithdrawQuote)

    async def start(self, account_id: str, command: Withdraw, intent: str) -> Order:
        """Order a withdrawal on the terms of a quote. 202: an order of kind `withdrawal`.

        The amount and the fee are held until the network's outcome is known. Raises the problems of `quote`, and
        409 `quote.changed`, 401 `step_up.required`.
        """
        path = f"/accounts/{segment(account_id)}/withdrawals"
        return await self._calls.post(path, command, Order, intent=intent)
