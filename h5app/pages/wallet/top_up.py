"""`/top-up`: 充值, from the bound card into the electronic account."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming import intents
from h5app.confirming.actions import ACTIONS
from h5app.confirming.intents import Intent
from h5app.confirming.quoted import ConfirmedAction
from h5app.overview import read_overview
from h5app.page import render
from h5app.states import may_see
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.accounts import Account
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.kit.pages.forms import Form


class TopUpFromCard(ConfirmedAction[Account, TopUp]):
    """Question and confirmation are one page: nothing needs a quote."""

    action = ACTIONS["top_up"]
    own_page = "account"
    refusals = {"amount": "amount"}
    command = TopUp

    async def load(self, request: Request) -> Account | None:
        return (await read_overview(visit_of(request))).account

    def is_allowed(self, subject: Account) -> bool:
        return may_see(self.action.page, subject)

    def identity(self, subject: Account) -> dict[str, Any]:
        return {"account_id": subject.account_id}

    def read(self, visit: Visit, form: Form, subject: Account, intent: Intent) -> dict[str, Any]:
        return {"amount_fen": form.money("amount")}

    def form_page(self, request: Request, subject: Account, form: Form) -> Response:
        intent = intents.issue(visit_of(request), self.action.kind, self.identity(subject))
        status = 200 if form.ok else 422
        return render(request, self.action.template, status, account=subject, form=form, intent=intent)

    async def send(self, visit: Visit, subject: Account, command: TopUp, key: str) -> Order:
        return await visit.core.top_ups.start(subject.account_id, command, key)
