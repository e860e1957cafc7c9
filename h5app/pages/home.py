"""`/`: what I may borrow, my account, what waits for me, all from one call to the bank. Its form asks for the limit."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from h5app.confirming import intents
from h5app.confirming.submit import place
from h5app.guard import signed_in
from h5app.page import link, render
from h5app.visit import visit_of
from partner_adapters.core_bank.applications import ApplicationState
from partner_adapters.core_bank.consents import ConsentGiven, GiveConsents
from partner_adapters.core_bank.customers import Overview
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.pre_credit import CheckPreCredit
from partner_adapters.kit.pages.forms import Form

PURPOSE = "pre_credit_inquiry"
UNDER_WAY = (ApplicationState.SUBMITTED, ApplicationState.REFERRED, ApplicationState.APPROVED)


SAID_ABOVE = {"line": "draw_available", "stopped": "draw_available", "contract": "sign_contract"}
"""Headline → the kind of to-do that it says already, or says to be impossible."""


async def without_slash(request: Request) -> Response:
    return RedirectResponse(link(request, "home"), 303)


@signed_in
async def show(request: Request) -> Response:
    visit = visit_of(request)
    overview = await visit.core.customers.overview(visit.person.customer_id)
    headline = headline_of(overview)
    late = [loan.loan_id for loan in overview.loans if loan.state == "overdue"]
    text = (await visit.core.consents.texts([PURPOSE]))[0] if headline == "ask" else None
    return render(
        request,
        "home/show.html",
        overview=overview,
        headline=headline,
        todo=[
            item
            for item in overview.todo
            if item.kind not in (SAID_ABOVE.get(headline), "order_running") and item.ref not in late
        ],
        consent=text,
        intent=intents.issue(visit, "pre_credit", text.pinned()) if text else "",
    )


@signed_in
async def submit(request: Request) -> Response:
    """以脸授信, the third tap: the consent that was shown is stored, then the bank looks at its list."""
    visit = visit_of(request)
    form = await Form.posted(request)
    intent = intents.open_(visit, "pre_credit", form.values[intents.FIELD])
    customer_id = visit.person.customer_id

    async def send() -> Order:
        agreed = ConsentGiven.model_validate(intent.content)
        given = GiveConsents(consents=[agreed], session_ref=visit.person.ref)
        stored = await visit.core.consents.give(customer_id, given, intent.part("consents"))
        check = CheckPreCredit(consent_id=stored[0].consent_id)
        return await visit.core.pre_credit.check(customer_id, check, intent.key)

    return await place(request, intent, send, at_once="home")


def headline_of(overview: Overview) -> str:
    """The one matter at the top of the page, a template under `home/`: the furthest the person has come."""
    if any(loan.state == "overdue" for loan in overview.loans):
        return "overdue"
    if any(line.state == "open" for line in overview.lines):
        return "stopped" if overview.account_stopped else "line"
    if any(item.kind == "sign_contract" for item in overview.todo):
        return "contract"
    if any(application.state in UNDER_WAY for application in overview.applications):
        return "application"
    if any(line.state == "frozen" for line in overview.lines):
        return "frozen"
    if overview.pre_credit is None:
        running = any(order.kind == "pre_credit" for order in overview.running_orders)
        return "looking" if running else "ask"
    if overview.pre_credit.state != "offered":
        return "none"
    # Whoever was just declined is not told at once again that this much can be borrowed.
    if latest_declined(overview):
        return "declined"
    return "stopped" if overview.account_stopped else "offered"


def latest_declined(overview: Overview) -> str | None:
    """The id of the latest application, if it was declined."""
    latest = max(overview.applications, key=lambda application: application.created_at, default=None)
    return latest.application_id if latest and latest.state is ApplicationState.DECLINED else None
