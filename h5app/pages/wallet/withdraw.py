"""`/withdraw`: how much → fee and arrival → 确认提现, from the electronic account to the bound card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from h5app.confirming.actions import ACTIONS
from h5app.confirming.quoted import QuotedAction
from h5app.overview import read_overview
from h5app.states import may_see
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.accounts import Account
from partner_adapters.core_bank.customers import Overview
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.withdrawals import AskWithdraw, Withdraw, WithdrawQuote
from partner_adapters.kit.pages.forms import Form

OwnAccount = tuple[Account, Overview]


class WithdrawToCard(QuotedAction[Account, Withdraw, AskWithdraw, WithdrawQuote]):
    """Send money to the bound card."""

    action = ACTIONS["withdrawal"]
    own_page = "account"
    question = "wallet/withdraw_amount.html"
    fields = ("amount",)
    refusals = {"amount": "amount"}
    gone = frozenset({"account.not_open"})
    ask = AskWithdraw
    command = Withdraw

    async def load(self, request: Request) -> OwnAccount | None:
        overview = await read_overview(visit_of(request))
        return (overview.account, overview) if overview.account else None

    def is_allowed(self, subject: OwnAccount) -> bool:
        return may_see(self.action.page, subject[0])

    def identity(self, subject: OwnAccount) -> dict[str, Any]:
        return {"account_id": subject[0].account_id}

    def context(self, subject: OwnAccount) -> dict[str, Any]:
        account = subject[0]
        # The fee is taken besides, so that not quite everything can be sent where there is one.
        most_fen = max(account.limits.most_now_fen - account.withdrawal_fee_fen, 0)
        return {"account": account, "most_fen": most_fen}

    async def defaults(self, visit: Visit, subject: OwnAccount) -> dict[str, str]:
        return {}

    def read_question(self, form: Form, subject: OwnAccount) -> AskWithdraw | None:
        amount_fen = form.money("amount")
        return None if amount_fen is None else AskWithdraw(amount_fen=amount_fen)

    async def request_quote(self, visit: Visit, subject: OwnAccount, ask: AskWithdraw) -> WithdrawQuote:
        return await visit.core.withdrawals.quote(subject[0].account_id, ask)

    def checked_fen(self, subject: OwnAccount, content: Mapping[str, Any]) -> int:
        return AskWithdraw.model_validate(content["ask"]).amount_fen

    async def send(self, visit: Visit, subject: OwnAccount, command: Withdraw, key: str) -> Order:
        return await visit.core.withdrawals.start(subject[0].account_id, command, key)
