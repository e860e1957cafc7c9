"""`/card-check/code`: the way without face, second screen: the code that came to the card's phone.

The right code brings the bank's own word into the session and the person back to the form that waits. Without scripts
the page is asked again by a link.
"""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from h5app.confirming import intents, step_up
from h5app.guard import signed_in
from h5app.page import blank_form, link, render, see_other
from h5app.pages.card_check.card import Errand, errand
from h5app.sessions import Word
from h5app.visit import visit_of
from partner_adapters.core_bank.card_checks import CardCheck, CardCheckState
from partner_adapters.identity.identity import Check
from partner_adapters.kit.pages.forms import Form, half_width
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import OutcomeUnknown

PURPOSE = "card_check_code"
METHODS = ("card", "sms")
_CODE = re.compile(r"[0-9]{6}")
_ID = re.compile(r"[0-9a-f]{40}")
_CODES = {"code": "code", "card_check.too_soon": "code", "card_check.too_many_codes": "code"}


@signed_in
async def show(request: Request) -> Response:
    """`check`: the intent that began it; `next`: the form that waits."""
    form = blank_form(visit_of(request))
    on = await errand(request, form)
    return on if isinstance(on, Response) else await _page(request, on, form)


@signed_in
async def submit(request: Request) -> Response:
    """A code was typed, or, by the button `another`, a new one is wanted."""
    form = await Form.posted(request)
    on = await errand(request, form)
    if isinstance(on, Response):
        return on
    check_id = _check_id(request, form)
    try:
        if form.values["another"]:
            return await _send_another(request, on, check_id, form)
        return await _confirm(request, on, check_id, form)
    except OutcomeUnknown:
        form.fail("code", "card_check.no_answer")
    except Problem as problem:
        if problem.code == "card_check.used":
            return RedirectResponse(on.back_to, 303)
        # What ended the check is on its own page; what can be mended, beside the code.
        if problem.status != 409 or problem.code in _CODES:
            form.take(problem, _CODES)
    return await _page(request, on, form)


async def _confirm(request: Request, on: Errand, check_id: str, form: Form) -> Response:
    visit, typed = visit_of(request), half_width(form.values["code"])
    if not _CODE.fullmatch(typed):
        form.fail("code", "card_check.six_digits" if typed else "required")
        return await _page(request, on, form)
    passed = await visit.core.card_checks.confirm(visit.person.customer_id, check_id, typed)
    if passed.statement is None:
        raise Problem(502, "core.malformed_answer")
    word = Word(passed.statement, Check(METHODS, None, passed.confirmed_at), passed.action)
    await step_up.passed(request, on.back_to, word)
    return RedirectResponse(on.back_to, 303)


async def _send_another(request: Request, on: Errand, check_id: str, form: Form) -> Response:
    visit = visit_of(request)
    intent = intents.open_(visit, PURPOSE, form.values[intents.FIELD])
    await visit.core.card_checks.send_another(visit.person.customer_id, check_id, intent.key)
    return see_other(request, "card_check_code", {"check": check_id, "next": on.back_to})


async def _page(request: Request, on: Errand, form: Form) -> Response:
    visit, check_id = visit_of(request), _check_id(request, form)
    begin = link(request, "card_check", {"next": on.back_to})
    if not check_id:
        return RedirectResponse(begin, 303)
    try:
        check = await visit.core.card_checks.get(visit.person.customer_id, check_id)
    except Problem as problem:
        if problem.code != "card_check.unknown":
            raise
        return RedirectResponse(begin, 303)
    if check.state is CardCheckState.CONFIRMED and on.waiting.came_by == "card":
        return RedirectResponse(on.back_to, 303)
    form.values["code"] = ""
    return render(
        request,
        f"card_check/{_TEMPLATES[check.state]}.html",
        200 if form.ok else 422,
        form=form,
        check=check,
        begin=begin,
        back_to=on.back_to,
        query=urlencode({"check": check_id, "next": on.back_to}),
        another=_another(visit.now, check),
        over=_over(visit.now, check),
        intent=intents.issue(visit, PURPOSE, {"check": check_id, "codes_left": check.codes_left}),
    )


_TEMPLATES = {
    CardCheckState.CHECKING: "checking",
    CardCheckState.SENDING: "code",
    CardCheckState.SENT: "code",
    CardCheckState.CONFIRMED: "code",
    CardCheckState.FAILED: "failed",
}
"""A confirmed check whose answer was lost is confirmed again by the same code."""


def _over(now: datetime, check: CardCheck) -> bool:
    """The code can no longer be given; one that was given in time is good for its answer for ever."""
    late = check.code_ends_at is not None and now >= check.code_ends_at
    return late and check.state is not CardCheckState.CONFIRMED


def _another(now: datetime, check: CardCheck) -> str:
    """`now`, `later` or `never` another code may be asked for."""
    if check.another_code_at is None:
        return "never"
    return "now" if now >= check.another_code_at else "later"


def _check_id(request: Request, form: Form) -> str:
    named = form.values["check"] or request.query_params.get("check", "")
    return named if _ID.fullmatch(named) else ""
