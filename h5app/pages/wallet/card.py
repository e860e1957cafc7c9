"""`/card`: 换绑银行卡: what changes and what stays → 确认换绑. The new card is typed at `/card/new`."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming import intents
from h5app.confirming.actions import ACTIONS, orders_with_card
from h5app.confirming.intents import Intent
from h5app.confirming.quoted import ConfirmedAction
from h5app.journeys import journey
from h5app.journeys.journey import OpenJourney
from h5app.journeys.screens import CARD_CHANGE
from h5app.overview import read_overview
from h5app.page import link, render, see_other
from h5app.states import may_see
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.accounts import Account
from partner_adapters.core_bank.cards import ChangeCard
from partner_adapters.core_bank.customers import Overview
from partner_adapters.core_bank.orders import Order, OrderState
from partner_adapters.core_bank.switches import StoppedAction
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.problems import Problem


@dataclass(frozen=True)
class OwnCard:
    """The customer's account with its bound card, and the card that was typed to replace it."""

    account: Account
    overview: Overview
    opened: OpenJourney


class CardChange(ConfirmedAction[OwnCard, ChangeCard]):
    """Bind another card."""

    action = ACTIONS["card_change"]
    own_page = "account"
    gone = frozenset({"account.not_open"})
    command = ChangeCard

    async def load(self, request: Request) -> OwnCard | None:
        overview = await read_overview(visit_of(request))
        if overview.account is None:
            return None
        return OwnCard(overview.account, overview, await _resume(request))

    def is_allowed(self, subject: OwnCard) -> bool:
        return may_see(self.action.page, subject.account)

    def find_stop(self, subject: OwnCard) -> StoppedAction | None:
        return subject.overview.stop_of(self.action.kind)

    def identity(self, subject: OwnCard) -> dict[str, Any]:
        account, answers = subject.account, subject.opened.answers
        # Hashed: the intent is in the page, and another tab may have changed what was typed or bound since.
        cards = json.dumps([account.bound_card.model_dump(), answers], sort_keys=True)
        return {"account_id": account.account_id, "cards": hashlib.sha256(cards.encode()).hexdigest()}

    async def begin(self, request: Request, subject: OwnCard) -> Response:
        if not subject.opened.answered or orders_with_card(subject.overview):
            return see_other(request, "card_new")
        return await super().begin(request, subject)

    def read(self, visit: Visit, form: Form, subject: OwnCard, intent: Intent) -> dict[str, Any]:
        answers = subject.opened.answers
        return {"card_number": answers["card_number"], "phone": answers["card_phone"]}

    def form_page(self, request: Request, subject: OwnCard, form: Form) -> Response:
        identity = self.identity(subject)
        return render(
            request,
            self.action.template,
            200 if form.ok else 422,
            form=form,
            account=subject.account,
            answers=subject.opened.answers,
            intent=intents.issue(visit_of(request), self.action.kind, identity),
            check=self.check_ahead(request, subject, identity),
        )

    async def answer_refusal(
        self, request: Request, subject: OwnCard, form: Form, problem: Problem
    ) -> Response:
        if problem.code == "card.under_way":
            return see_other(request, "card_new")
        return await super().answer_refusal(request, subject, form, problem)

    async def send(self, visit: Visit, subject: OwnCard, command: ChangeCard, key: str) -> Order:
        order = await visit.core.cards.change(subject.account.account_id, command, key)
        if order.state is OrderState.SUCCEEDED:
            await subject.opened.erase_answers()
        return order


async def _resume(request: Request) -> OpenJourney:
    """Return the change with the card that was typed so far."""
    return await journey.resume(request, CARD_CHANGE, link(request, "account"))
