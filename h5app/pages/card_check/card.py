"""`/card-check`: the first screen of the check without a face, for the customer's card and its reserved phone number.

The bank asks the card network itself. A customer with an account types the full number of the bound card. The check
moves no money.
"""

from __future__ import annotations

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming import intents, step_up
from h5app.confirming.actions import ACTIONS
from h5app.confirming.intents import Intent
from h5app.confirming.step_up import PendingCheck
from h5app.guard import signed_in
from h5app.journeys import journey
from h5app.journeys.screens import ACCOUNT_OPENING
from h5app.page import blank_form, link, render, see_other
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.accounts import BoundCard
from partner_adapters.core_bank.card_checks import AskCardCheck, CardCheckState
from partner_adapters.kit.pages.forms import READ_AGAIN, Form
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import OutcomeUnknown
from partner_adapters.kit.web.rate_limits import REACHED, until_of

PURPOSE = "card_check"
WIRE_FIELDS = {"card_number": "card_number", "phone": "card_phone"}

# The bank's refusals after which this customer cannot take the check without a face.
NOT_AVAILABLE = frozenset({"card_check.too_many", "card_check.not_offered", "card_check.stopped", REACHED})

# A customer may start five checks in 24 hours at the bank, and a session ends before that time has passed twice.
MAX_CHECKS = 20


@signed_in
async def show(request: Request) -> Response:
    """`next`: the form that waits for the check."""
    form = blank_form(visit_of(request))
    pending = await step_up.require_pending(request, form)
    if isinstance(pending, Response):
        return pending
    if pending.action == ACTIONS["account_opening"].step_up and not form.values["card_number"]:
        # The customer typed the card that is about to be bound a moment ago.
        opening = await journey.resume(request, ACCOUNT_OPENING, link(request, "account"))
        names = (*WIRE_FIELDS.values(), "card_number" + READ_AGAIN)
        form.values.update({name: opening.answers.get(name, "") for name in names})
    return await _page(request, pending, form)


@signed_in
async def submit(request: Request) -> Response:
    visit, form = visit_of(request), await Form.posted(request)
    pending = await step_up.require_pending(request, form)
    if isinstance(pending, Response):
        return pending
    intent = intents.open_(visit, PURPOSE, form.values[intents.FIELD])
    number, phone = form.card_number("card_number"), form.phone("card_phone")
    bound = await _bound_card(visit)
    if number and bound and not number.endswith(bound.last_four):
        form.fail("card_number", "card_check.other_card")
    if not form.ok or number is None or phone is None:
        return await _page(request, pending, form)
    command = AskCardCheck(action=intent.content["action"], card_number=number, phone=phone)
    key = await _unused_key(visit, intent, command)
    if key is None:
        return _not_available(request, pending, "card_check.too_many", 429)
    try:
        await visit.core.card_checks.start(visit.live_session.customer_id, command, key)
    except OutcomeUnknown:
        pass  # the next screen asks the bank by the key
    except Problem as problem:
        if problem.code in NOT_AVAILABLE:
            return _not_available(request, pending, problem.code, problem.status, until_of(problem))
        form.take(problem, WIRE_FIELDS)
        return await _page(request, pending, form)
    return see_other(request, "card_check_code", {"check": key, "next": pending.return_to})


async def _unused_key(visit: Visit, intent: Intent, command: AskCardCheck) -> str | None:
    """Return the key of this check; the same card typed again finds the check whose code may still be entered.

    None after `MAX_CHECKS` checks of this card that are over.
    """
    for attempt in range(MAX_CHECKS):
        # Signed: an observer of the key must not be able to find the card number by trying all of them.
        key = intent.part(visit.signing.sign(PURPOSE, [command.card_number, command.phone, attempt]))
        if not await _is_over(visit, key):
            return key
    return None


async def _is_over(visit: Visit, key: str) -> bool:
    try:
        check = await visit.core.card_checks.get(visit.live_session.customer_id, key)
    except Problem as problem:
        if problem.status != 404:
            raise
        return False
    is_expired = check.code_ends_at is not None and visit.now >= check.code_ends_at
    return is_expired or check.state in (CardCheckState.CONFIRMED, CardCheckState.FAILED)


async def _bound_card(visit: Visit) -> BoundCard | None:
    account = (await visit.core.customers.overview(visit.live_session.customer_id)).account
    return account.bound_card if account else None


async def _page(request: Request, pending: PendingCheck, form: Form) -> Response:
    if pending.needed.by_card is None:
        return _not_available(request, pending, "card_check.not_offered", 200)
    if pending.needed.over_limit:
        return _not_available(request, pending, "card_check.over_limit", 200)
    return render(
        request,
        "card_check/card.html",
        200 if form.ok else 422,
        form=form,
        back_to=pending.return_to,
        check=pending.needed,
        bound=await _bound_card(visit_of(request)),
        intent=intents.issue(visit_of(request), PURPOSE, {"action": pending.action}),
    )


def _not_available(
    request: Request, pending: PendingCheck, why: str, status: int, until: datetime | None = None
) -> Response:
    """Return the page that explains why only a face check is left: over limit, not offered, or too many attempts.

    `until`: when the next attempt is possible, as the bank says it.
    """
    by_card = pending.needed.by_card
    return render(
        request,
        "card_check/not_available.html",
        status,
        why=why,
        limit_fen=by_card.limit_fen if by_card else None,
        until=until,
        face=link(request, "face", {"next": pending.return_to}),
        back_to=pending.return_to,
    )
