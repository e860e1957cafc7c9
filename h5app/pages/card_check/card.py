"""`/card-check`: the way without face, first screen: the person's own card and its reserved phone.

The bank asks the card network itself. Who has an account types its bound card in full. Nothing is done by it.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from h5app.confirming import drafts, intents, step_up
from h5app.confirming.intents import Intent
from h5app.guard import signed_in
from h5app.page import blank_form, link, render, see_other
from h5app.services import parts_of
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.accounts import BoundCard
from partner_adapters.core_bank.card_checks import AskCardCheck, CardCheckState
from partner_adapters.kit.pages.addresses import safe_return
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import OutcomeUnknown

PURPOSE = "card_check"
WIRE_FIELDS = {"card_number": "card_number", "phone": "card_phone"}
NO_WAY = frozenset({"card_check.too_many", "card_check.not_offered"})


@dataclass(frozen=True)
class Errand:
    """The form that waits, and where it stands."""

    back_to: str
    waiting: step_up.Waiting


async def errand(request: Request, form: Form) -> Errand | Response:
    """What this check is for; where nothing waits, the way back."""
    asked = form.values["next"] or request.query_params.get("next", "")
    back_to = safe_return(visit_of(request).partner.id, asked) or link(request, "home")
    found = await step_up.waiting(request, back_to)
    return Errand(back_to, found) if found else RedirectResponse(back_to, 303)


@signed_in
async def show(request: Request) -> Response:
    """`next`: the form that waits."""
    visit = visit_of(request)
    form = blank_form(visit)
    on = await errand(request, form)
    if isinstance(on, Response):
        return on
    if on.waiting.action == "account_opening" and not form.values["card_number"]:
        # The card that is about to be bound was typed a moment ago.
        typed = await drafts.read_steps(parts_of(request), visit.person, "account_open")
        form.values.update({name: typed.get(name, "") for name in WIRE_FIELDS.values()})
    return await _page(request, on, form)


@signed_in
async def submit(request: Request) -> Response:
    visit, form = visit_of(request), await Form.posted(request)
    on = await errand(request, form)
    if isinstance(on, Response):
        return on
    intent = intents.open_(visit, PURPOSE, form.values[intents.FIELD])
    number, phone, bound = form.card_number("card_number"), form.phone("card_phone"), await _bound(request)
    if number and bound and not number.endswith(bound.last_four):
        form.fail("card_number", "card_check.other_card")
    if not form.ok or number is None or phone is None:
        return await _page(request, on, form)
    command = AskCardCheck(action=intent.content["action"], card_number=number, phone=phone)
    key = await _key(visit, intent, command)
    try:
        await visit.core.card_checks.start(visit.person.customer_id, command, key)
    except OutcomeUnknown:
        pass  # The next screen asks by its key.
    except Problem as problem:
        if problem.code in NO_WAY:
            return no_way(request, on, problem.code, problem.status)
        form.take(problem, WIRE_FIELDS)
        return await _page(request, on, form)
    return see_other(request, "card_check_code", {"check": key, "next": on.back_to})


def no_way(request: Request, on: Errand, why: str, status: int) -> Response:
    """`why`: `card_check.over_limit`, `card_check.not_offered`, `card_check.too_many`."""
    face = link(request, "face", {"next": on.back_to})
    way = on.waiting.needed.by_card
    limit_fen = way.limit_fen if way else None
    context = {"why": why, "limit_fen": limit_fen, "face": face, "back_to": on.back_to}
    return render(request, "card_check/no_way.html", status, **context)


async def _key(visit: Visit, intent: Intent, command: AskCardCheck) -> str:
    """Who sends the same card again, going back or from another tab, means the check whose code may still be typed."""
    for nth in itertools.count():
        # Signed, because whoever sees the key must not be able to find the card by trying.
        key = intent.part(visit.signing.sign(PURPOSE, [command.card_number, command.phone, nth]))
        if not await _is_over(visit, key):
            return key
    raise AssertionError("unreachable")


async def _is_over(visit: Visit, key: str) -> bool:
    try:
        check = await visit.core.card_checks.get(visit.person.customer_id, key)
    except Problem as problem:
        if problem.status != 404:
            raise
        return False
    late = check.code_ends_at is not None and visit.now >= check.code_ends_at
    return late or check.state in (CardCheckState.CONFIRMED, CardCheckState.FAILED)


async def _bound(request: Request) -> BoundCard | None:
    visit = visit_of(request)
    account = (await visit.core.customers.overview(visit.person.customer_id)).account
    return account.bound_card if account else None


async def _page(request: Request, on: Errand, form: Form) -> Response:
    needed = on.waiting.needed
    if needed.by_card is None:
        return no_way(request, on, "card_check.not_offered", 200)
    if needed.too_much:
        return no_way(request, on, "card_check.over_limit", 200)
    return render(
        request,
        "card_check/card.html",
        200 if form.ok else 422,
        form=form,
        back_to=on.back_to,
        check=needed,
        bound=await _bound(request),
        intent=intents.issue(visit_of(request), PURPOSE, {"action": on.waiting.action}),
    )
