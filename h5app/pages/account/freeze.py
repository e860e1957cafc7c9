"""`/account/freeze` and `/account/unfreeze`: 挂失 by one tap and a confirmation; lifting that after a fresh check."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from h5app import sessions
from h5app.confirming import intents
from h5app.confirming.actions import ACTIONS
from h5app.confirming.intents import Intent
from h5app.confirming.quoted import ConfirmedAction
from h5app.overview import read_overview
from h5app.page import render
from h5app.services import services_of
from h5app.states import may_see
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.accounts import Account
from partner_adapters.core_bank.customers import Overview
from partner_adapters.core_bank.freezes import FreezeAccount, LiftFreeze
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.switches import StoppedAction
from partner_adapters.core_bank.wire import Command
from partner_adapters.kit.pages.forms import Form

OwnAccount = tuple[Account, Overview]
CommandT = TypeVar("CommandT", bound=Command)


class _OfAccount(ConfirmedAction[OwnAccount, CommandT], Generic[CommandT]):
    """An action on the customer's account that asks for nothing."""

    own_page = "account"

    async def load(self, request: Request) -> OwnAccount | None:
        overview = await read_overview(visit_of(request))
        return (overview.account, overview) if overview.account else None

    def identity(self, subject: OwnAccount) -> dict[str, Any]:
        return {"account_id": subject[0].account_id}

    def read(self, visit: Visit, form: Form, subject: OwnAccount, intent: Intent) -> dict[str, Any]:
        return {}

    def form_page(self, request: Request, subject: OwnAccount, form: Form) -> Response:
        content = self.identity(subject)
        return render(
            request,
            self.action.template,
            200 if form.ok else 422,
            form=form,
            account=subject[0],
            overview=subject[1],
            intent=intents.issue(visit_of(request), self.action.kind, content),
            check=self.check_ahead(request, subject, content),
        )

    def find_stop(self, subject: OwnAccount) -> StoppedAction | None:
        return subject[1].stop_of(self.action.kind)


class Freezing(_OfAccount[FreezeAccount]):
    """Freeze the account, and end every other session of its customer."""

    action = ACTIONS["account_freezing"]
    gone = frozenset({"account.not_open", "account.frozen_already"})
    command = FreezeAccount

    def is_allowed(self, subject: OwnAccount) -> bool:
        return may_see(self.action.page, subject[0])

    async def send(self, visit: Visit, subject: OwnAccount, command: FreezeAccount, key: str) -> Order:
        return await visit.core.freezes.freeze(subject[0].account_id, key)

    async def submit(self, request: Request) -> Response:
        answered = await super().submit(request)
        # Also where the bank's answer was lost: the customer fears that another person holds their phone.
        if answered.status_code == 303:
            session = visit_of(request).live_session
            await sessions.end_of_customer(services_of(request), session.customer_id, but=session)
        return answered


class Lifting(_OfAccount[LiftFreeze]):
    """Lift the customer's own freeze."""

    action = ACTIONS["account_lifting"]
    gone = frozenset({"account.not_open", "account.not_frozen"})
    command = LiftFreeze

    def is_allowed(self, subject: OwnAccount) -> bool:
        return may_see(self.action.page, subject[0]) and subject[0].frozen_by_customer

    async def send(self, visit: Visit, subject: OwnAccount, command: LiftFreeze, key: str) -> Order:
        return await visit.core.freezes.lift(subject[0].account_id, command, key)
