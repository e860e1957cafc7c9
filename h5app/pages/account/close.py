"""`/account/close`: 销户. What stands in the way comes first, each with the link that clears it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming import intents
from h5app.confirming.actions import ACTIONS, TAKES_MONEY_OUT
from h5app.confirming.intents import Intent
from h5app.confirming.quoted import ConfirmedAction
from h5app.overview import read_overview
from h5app.page import link, render
from h5app.states import may_see
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.accounts import Account, FormerAccount
from partner_adapters.core_bank.closings import CloseAccount, Closing, Obstacle
from partner_adapters.core_bank.customers import Overview
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.switches import StoppedAction
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.problems import Problem

# The tick that gives up what ends with the account.
GIVE_UP = "give_up"
# What stands in the way → the route of the page that clears it, where that is named otherwise. What has neither an id
# nor a page here, only the bank can clear.
CLEARED_ON = {"frozen": "account_lift", "balance": TAKES_MONEY_OUT.page, "loan": "repay"}
# What stands in the way → the route's parameter that takes its id, where that is named otherwise.
PARAMS = {"order": "intent"}


@dataclass(frozen=True)
class Leaving:
    """The account that is to be closed. `closing`: None once it is closed, when a second tap must find its order."""

    account: Account | FormerAccount
    overview: Overview
    closing: Closing | None

    @property
    def given_up(self) -> list[str]:
        """The contracts of what ends with the account."""
        return [each.contract_id for each in self.closing.gives_up] if self.closing else []


class AccountClosing(ConfirmedAction[Leaving, CloseAccount]):
    """Close the account, and give up what ends with it."""

    action = ACTIONS["account_closing"]
    own_page = "account"
    gone = frozenset({"account.not_open"})
    command = CloseAccount

    async def load(self, request: Request) -> Leaving | None:
        visit = visit_of(request)
        overview = await read_overview(visit)
        if overview.account is not None:
            closing = await visit.core.closings.get(overview.account.account_id)
            return Leaving(overview.account, overview, closing)
        former = overview.former_accounts
        return Leaving(former[0], overview, None) if former else None

    def is_allowed(self, subject: Leaving) -> bool:
        return subject.closing is not None and may_see(self.action.page, subject.overview.account)

    def identity(self, subject: Leaving) -> dict[str, Any]:
        return {"account_id": subject.account.account_id}

    def read(self, visit: Visit, form: Form, subject: Leaving, intent: Intent) -> dict[str, Any]:
        given_up = intent.content["gives_up"]
        if given_up:
            form.ticked(GIVE_UP, "closing.not_given_up")
        if subject.closing is not None and set(subject.given_up) != set(given_up):
            form.fail(GIVE_UP, "closing.changed")
        return {"gives_up": given_up}

    def form_page(self, request: Request, subject: Leaving, form: Form) -> Response:
        closing = subject.closing or Closing(obstacles=[], gives_up=[])
        content = self.identity(subject) | {"gives_up": subject.given_up}
        return render(
            request,
            self.action.template,
            200 if form.ok else 422,
            form=form,
            account=subject.account,
            closing=closing,
            obstacles=[(each, _address(request, each)) for each in closing.obstacles],
            intent=intents.issue(visit_of(request), self.action.kind, content),
            check=self.check_ahead(request, subject, content),
        )

    def find_stop(self, subject: Leaving) -> StoppedAction | None:
        return subject.overview.stop_of(self.action.kind)

    async def answer_refusal(
        self, request: Request, subject: Leaving, form: Form, problem: Problem
    ) -> Response:
        # Something came in between: the page says what, as it stands now.
        if problem.code in ("account.not_closable", "account.gives_up_more"):
            now = await self.load(request) or subject
            form.values[GIVE_UP] = ""
            if now.given_up and not (now.closing and now.closing.obstacles):
                form.fail(GIVE_UP, "closing.changed")
            return self.form_page(request, now, form)
        return await super().answer_refusal(request, subject, form, problem)

    async def send(self, visit: Visit, subject: Leaving, command: CloseAccount, key: str) -> Order:
        return await visit.core.closings.close(subject.account.account_id, command, key)


def _address(request: Request, obstacle: Obstacle) -> str | None:
    kind = obstacle.kind
    if not obstacle.ref and kind not in CLEARED_ON:
        return None
    params: dict[str, Any] = {PARAMS.get(kind, kind): obstacle.ref} if obstacle.ref else {}
    return link(request, CLEARED_ON.get(kind, kind), **params)
