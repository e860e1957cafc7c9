"""`/`: what the customer may borrow, their account and what waits for them, all from one call to the bank.

Its form asks the bank for a limit.
"""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from h5app import status_question
from h5app.confirming import intents
from h5app.confirming.actions import ACTIONS, BRINGS_MONEY, actions_on
from h5app.confirming.intents import Intent
from h5app.confirming.repaying import coming_payments, repay_due
from h5app.confirming.stops import stop_notices
from h5app.confirming.submit import submit_order
from h5app.guard import signed_in
from h5app.journeys.application import given_for
from h5app.overview import (
    LIST_CONSENT,
    headline_of,
    loans_due_soon,
    may_begin_drawing,
    overdue_loans,
    read_overview,
    tasks_of,
    usable_lines,
)
from h5app.page import link, render
from h5app.states import rules_of
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.consents import Consent, ConsentGiven, ConsentText, GiveConsents
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.pre_credit import CheckPreCredit
from partner_adapters.kit.pages.forms import Form

ACTION = ACTIONS["pre_credit"]
# In the form's intent: the id of the consent that stands.
GIVEN = "consent_id"
# Headline → the kind of to-do that it already shows.
TODO_IN_HEADLINE = {"contract": "sign_contract", "asked": "more_asked"}


async def without_slash(request: Request) -> Response:
    return RedirectResponse(link(request, "home"), 303)


@signed_in
async def show(request: Request) -> Response:
    visit = visit_of(request)
    overview = await read_overview(visit)
    headline = headline_of(overview)
    in_headline = TODO_IN_HEADLINE.get(headline.name)
    shown = {loan.loan_id for loan in (*overdue_loans(overview), *loans_due_soon(overview))}
    text, given = await _consent_to_list(visit) if headline.name == "ask" else (None, None)
    return render(
        request,
        "home/show.html",
        overview=overview,
        headline=headline,
        stop_notices=stop_notices(overview),
        repay=lambda loan: repay_due(request, loan, overview),
        payments=coming_payments(request, loans_due_soon(overview), overview)
        if headline.name == "due"
        else [],
        bring_stop=overview.stop_of(BRINGS_MONEY.kind),
        usable=[line for line in usable_lines(overview) if may_begin_drawing(line, overview)]
        if headline.name == "due" and not overview.account_stopped
        else [],
        tasks=[
            task
            for task in tasks_of(overview)
            if task.todo.kind != in_headline and task.todo.ref not in shown
        ],
        loans=[loan for loan in overview.loans if not rules_of(loan).settled],
        settled=[loan for loan in overview.loans if rules_of(loan).settled],
        running=[order for order in overview.running_orders if not ACTIONS[order.kind].result_on_home],
        applications=[
            each for each in overview.applications if rules_of(each).listed and each not in headline.items
        ],
        account_actions=actions_on(overview),
        consent=text,
        given=given,
        intent=_issue(visit, text, given) if text else "",
        asks_status=await status_question.is_open(request, overview),
    )


@signed_in
async def submit(request: Request) -> Response:
    """以脸授信, the fourth tap: store the consent that was shown, then let the bank look at its list.

    A consent that stands is not given again: the check rests on that one.
    """
    visit = visit_of(request)
    form = await Form.posted(request)
    intent = intents.open_(visit, ACTION.kind, form.values[intents.FIELD])
    customer_id = visit.live_session.customer_id

    async def send() -> Order:
        consent_id = intent.content.get(GIVEN) or await _give_consent(visit, intent)
        check = CheckPreCredit(consent_ids=[consent_id])
        return await visit.core.pre_credit.check(customer_id, check, intent.key)

    return await submit_order(request, intent, send, at_once=ACTION.next.route)


async def _consent_to_list(visit: Visit) -> tuple[ConsentText, Consent | None]:
    """Return the text of the consent that the bank's list needs, and the customer's consent to it that stands."""
    texts, stored = await asyncio.gather(
        visit.core.consents.texts([LIST_CONSENT]),
        visit.core.consents.all(visit.live_session.customer_id),
    )
    return texts[0], given_for(texts, stored).get(LIST_CONSENT)


def _issue(visit: Visit, text: ConsentText, given: Consent | None) -> str:
    """Return the form's intent. It names the consent that stands, or binds a new one to exactly this text."""
    return intents.issue(visit, ACTION.kind, {GIVEN: given.consent_id} if given else text.pinned())


async def _give_consent(visit: Visit, intent: Intent) -> str:
    agreed = ConsentGiven.model_validate(intent.content)
    command = GiveConsents(consents=[agreed], session_ref=visit.live_session.ref)
    stored = await visit.core.consents.give(visit.live_session.customer_id, command, intent.part("consents"))
    return stored[0].consent_id
