"""`/account/close`: 销户. What stands in the way comes first, each with the link that clears it."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming import intents
from h5app.confirming.actions import ACTIONS
from h5app.confirming.intents import Intent
from h5app.confirming.quoted import ConfirmedAction
from h5app.overview import read_overview
from h5app.page import link, render, see_other
from h5app.states import may_see
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.accounts import Account
from partner_adapters.core_bank.closings import CloseAccount, Closing, Obstacle
from partner_adapters.core_bank.customers import Overview
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.switches import StoppedAction
from partner_adapters.kit.pages.forms import Form

# The tick that gives the lines up.
GIVE_UP = "give_up"
# What stands in the way → the page that clears it, and the parameter that takes its id. None: only the bank can.
CLEARED_ON = {
    "frozen": ("account_lift", ""),
    "frozen_by_bank": None,
    "order": ("order", "intent"),
    "loan": ("repay", "loan"),
    "contract": ("contract", "contract"),
    "application": ("application", "application"),
}
Leaving = tuple[Account, Overview, Closing]


class AccountClosing(ConfirmedAction[Leaving, CloseAccount]):
    """Close the account, and give up the lines that end with it."""

    action = ACTIONS["account_closing"]
    own_page = "account"
    gone = frozenset({"account.not_open"})
    command = CloseAccount

    async def load(self, request: Request) -> Leaving | None:
        visit = visit_of(request)
        overview = await read_overview(visit)
        account = overview.account
        if account is None or not may_see(self.action.page, account):
            return None
        return account, overview, await visit.core.closings.get(account.account_id)

    def is_allowed(self, subject: Leaving) -> bool:
        return may_see(self.action.page, subject[0])

    def identity(self, subject: Leaving) -> dict[str, Any]:
        return {"account_id": subject[0].account_id, "lines": [line.line_id for line in subject[2].lines]}

    def read(self, visit: Visit, form: Form, subject: Leaving, intent: Intent) -> dict[str, Any]:
        if intent.content["lines"]:
            form.ticked(GIVE_UP, "closing.lines_stay")
        return {"give_up_lines": intent.content["lines"]}

    def form_page(self, request: Request, subject: Leaving, form: Form) -> Response:
        account, overview, closing = subject
        content = self.identity(subject)
        return render(
            request,
            self.action.template,
            200 if form.ok else 422,
            form=form,
            account=account,
            closing=closing,
            obstacles=[(each, self._link(request, each)) for each in closing.obstacles],
            intent=intents.issue(visit_of(request), self.action.kind, content),
            check=self.check_ahead(request, subject, content),
        )

    def find_stop(self, subject: Leaving) -> StoppedAction | None:
        return subject[1].stop_of(self.action.kind)

    def refuse_stale(self, request: Request) -> Response:
        # The account is closed, or its lines changed: its page, or this one, says how things stand.
        return see_other(request, self.action.page)

    async def send(self, visit: Visit, subject: Leaving, command: CloseAccount, key: str) -> Order:
        return await visit.core.closings.close(subject[0].account_id, command, key)

    def _link(self, request: Request, obstacle: Obstacle) -> str | None:
        if obstacle.kind == "balance":
            return link(request, "withdraw") if "withdrawal" in ACTIONS else None
        cleared = CLEARED_ON[obstacle.kind]
        if cleared is None:
            return None
        route, param = cleared
        return link(request, route, **({param: obstacle.ref} if param else {}))
