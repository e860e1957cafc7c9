"""`/account/raise`: the elements of the bound card once more → 确认升级, from class III to class II."""

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
from partner_adapters.core_bank.class_raises import RaiseClass
from partner_adapters.core_bank.customers import Overview
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.switches import StoppedAction
from partner_adapters.kit.pages.forms import Form

OwnAccount = tuple[Account, Overview]


class ClassRaise(ConfirmedAction[OwnAccount, RaiseClass]):
    """Raise the account to class II. Of an account that has it, the page says so and asks for nothing."""

    action = ACTIONS["class_raise"]
    own_page = "account"
    refusals = {"card_number": "card_number", "card_phone": "card_phone"}
    gone = frozenset({"account.class_reached", "account.not_open"})
    command = RaiseClass

    async def load(self, request: Request) -> OwnAccount | None:
        overview = await read_overview(visit_of(request))
        return (overview.account, overview) if overview.account else None

    def is_allowed(self, subject: OwnAccount) -> bool:
        return may_see(self.action.page, subject[0])

    def identity(self, subject: OwnAccount) -> dict[str, Any]:
        return {"account_id": subject[0].account_id}

    def find_stop(self, subject: OwnAccount) -> StoppedAction | None:
        return subject[1].stop_of(self.action.kind)

    def read(self, visit: Visit, form: Form, subject: OwnAccount, intent: Intent) -> dict[str, Any]:
        number, phone = form.card_number("card_number"), form.phone("card_phone")
        if number and number[-4:] != subject[0].bound_card.last_four:
            form.fail("card_number", "card.not_bound", last=subject[0].bound_card.last_four)
        return {"card_number": number, "card_phone": phone}

    def form_page(self, request: Request, subject: OwnAccount, form: Form) -> Response:
        visit, identity = visit_of(request), self.identity(subject)
        return render(
            request,
            self.action.template,
            200 if form.ok else 422,
            account=subject[0],
            form=form,
            intent=intents.issue(visit, self.action.kind, identity),
            check=self.check_ahead(request, subject, identity),
        )

    async def send(self, visit: Visit, subject: OwnAccount, command: RaiseClass, key: str) -> Order:
        return await visit.core.class_raises.start(subject[0].account_id, command, key)
