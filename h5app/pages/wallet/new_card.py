"""`/card/new`: the card to bind in place of the bound one, and the cards that were bound before.

What was typed waits sealed on the server for the confirmation (`card.py`), because a card number belongs in no address.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming.actions import ACTIONS, orders_with_card
from h5app.confirming.stops import refuse_stopped
from h5app.guard import signed_in
from h5app.journeys import journey
from h5app.journeys.card_to_bind import read_card
from h5app.journeys.screens import CARD_CHANGE
from h5app.overview import read_overview
from h5app.page import blank_form, link, render, see_other
from h5app.states import may_see
from h5app.visit import visit_of
from partner_adapters.core_bank.accounts import Account
from partner_adapters.core_bank.customers import Overview
from partner_adapters.kit.pages.forms import Form

ACTION = ACTIONS["card_change"]


@signed_in
async def show(request: Request) -> Response:
    visit = visit_of(request)
    overview = await read_overview(visit)
    if overview.account is None or not may_see(ACTION.page, overview.account):
        return see_other(request, "account")
    refuse_stopped(overview.stop_of(ACTION.kind))
    answers = (await journey.resume(request, CARD_CHANGE, link(request, "account"))).answers
    return await _question(request, overview.account, overview, blank_form(visit, **answers))


@signed_in
async def submit(request: Request) -> Response:
    visit, form = visit_of(request), await Form.posted(request)
    overview = await read_overview(visit)
    if overview.account is None or not may_see(ACTION.page, overview.account):
        return see_other(request, "account")
    opened = await journey.resume(request, CARD_CHANGE, link(request, "account"))
    card = await read_card(request, form, opened.answers)
    if not form.ok or not card:
        return await _question(request, overview.account, overview, form)
    await opened.save_answers(card)
    return see_other(request, ACTION.page)


async def _question(request: Request, account: Account, overview: Overview, form: Form) -> Response:
    """Render the question for the new card, or what has to end first."""
    earlier = await visit_of(request).core.cards.earlier(account.account_id)
    return render(
        request,
        "wallet/new_card.html",
        200 if form.ok else 422,
        form=form,
        account=account,
        under_way=orders_with_card(overview),
        earlier=earlier.items,
    )
