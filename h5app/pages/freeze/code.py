"""`/freeze/code` takes a visitor's code, and the right one freezes the account. `/freeze/done` shows what it did.

The address holds the check's key, sealed. Without scripts the visitor reloads the page by a link.
"""

from __future__ import annotations

import json
import re

from starlette.requests import Request
from starlette.responses import Response

from h5app import sessions
from h5app.confirming import guests
from h5app.page import link, render, see_other
from h5app.services import services_of
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.card_checks import CardCheck, CardCheckState
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.pages.polling import Polling
from partner_adapters.kit.pages.security.signing import Forged
from partner_adapters.kit.pages.typed import half_width
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed

OF = "of"
_CODE = re.compile(r"[0-9]{6}")
_FIELDS = {"code": "code", "card_check.too_soon": "code", "card_check.too_many_codes": "code"}


async def show(request: Request) -> Response:
    return await _page(request, Form())


async def submit(request: Request) -> Response:
    """The visitor typed a code, or asks for a new one with the button `another`."""
    visit, form, key = visit_of(request), await Form.posted(request), guests.named_freeze_check(request)
    typed = half_width(form.values["code"])
    try:
        if form.values["another"]:
            number = guests.key_of(visit, form.values[guests.FIELD], key)
            await visit.core.freezes.send_another(key, number)
            return guests.redirect_to_freeze_check(request, key)
        if _CODE.fullmatch(typed):
            return await _freeze(request, visit, key, typed)
        form.fail("code", "card_check.six_digits" if typed else "required")
    except (CallFailed, Forged):
        form.fail("code", "card_check.no_answer")
    except Problem as problem:
        # What ended the check has its own page; what the visitor can correct stands beside the code.
        if problem.status != 409 or problem.code in _FIELDS:
            form.take(problem, _FIELDS)
    return await _page(request, form)


async def done(request: Request) -> Response:
    """Show what a visitor's freeze did. Its address is sealed and says nothing that can be changed."""
    visit = visit_of(request)
    try:
        frozen, last_four = json.loads(visit.signing.unseal(request.query_params.get(OF, "")))
    except Forged:
        raise Problem(404, "page.not_found") from None
    return render(request, "freeze/done.html", frozen=frozen, last_four=last_four)


async def _freeze(request: Request, visit: Visit, key: str, code: str) -> Response:
    outcome = await visit.core.freezes.confirm(key, code)
    if outcome.customer_id is not None:
        # The holder of the lost phone is logged out, at every partner.
        await sessions.end_of_customer(services_of(request), outcome.customer_id)
    query = {OF: visit.signing.seal(json.dumps([outcome.frozen, outcome.last_four]))} | visit.look_query
    return see_other(request, "visitor_frozen", query)


async def _page(request: Request, form: Form) -> Response:
    visit, key = visit_of(request), guests.named_freeze_check(request)
    begin = link(request, "visitor_freeze", visit.look_query)
    try:
        check = await visit.core.freezes.check(key)
    except Problem as problem:
        if problem.code != "card_check.unknown":
            raise
        return see_other(request, "visitor_freeze", visit.look_query)
    form.values["code"] = ""
    asked = {OF: request.query_params[OF]} | visit.look_query
    return render(
        request,
        "freeze/failed.html" if check.state is CardCheckState.FAILED else "freeze/code.html",
        200 if form.ok else 422,
        form=form,
        check=check,
        checking=check.state is CardCheckState.CHECKING,
        begin=begin,
        here=link(request, "visitor_freeze_code", asked),
        polling=Polling.of(request, asked),
        mark=guests.issue_mark(visit),
        another=_when_another(visit, check),
        over=check.code_ends_at is not None and visit.now >= check.code_ends_at,
    )


def _when_another(visit: Visit, check: CardCheck) -> str:
    """Return when the visitor may ask for another code: `now`, `later` or `never`."""
    if check.another_code_at is None:
        return "never"
    return "now" if visit.now >= check.another_code_at else "later"
