"""`/card-check/code`: the second screen of the check without a face, for the code sent to the card's phone.

The right code puts the bank's statement into the session and leads back to the form that waits. Without scripts the
customer reloads the page by a link.
"""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from h5app.confirming import intents, step_up
from h5app.confirming.step_up import PendingCheck
from h5app.guard import signed_in
from h5app.page import blank_form, link, render, see_other
from h5app.sessions import CardCheckStatement
from h5app.visit import visit_of
from partner_adapters.core_bank.card_checks import CardCheck, CardCheckState
from partner_adapters.identity.identity import Check
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.pages.polling import Polling
from partner_adapters.kit.pages.typed import half_width
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import OutcomeUnknown

PURPOSE = "card_check_code"
METHODS = ("card", "sms")
_CODE = re.compile(r"[0-9]{6}")
_ID = re.compile(r"[0-9a-f]{40}")
_FIELDS = {"code": "code", "card_check.too_soon": "code", "card_check.too_many_codes": "code"}

# A confirmed check shows the code's screen: its response was lost, and the same code confirms it once more.
_TEMPLATES = {
    CardCheckState.CHECKING: "checking",
    CardCheckState.SENDING: "code",
    CardCheckState.SENT: "code",
    CardCheckState.CONFIRMED: "code",
    CardCheckState.FAILED: "failed",
}


@signed_in
async def show(request: Request) -> Response:
    """`check`: the key that started the check. `next`: the form that waits for it."""
    form = blank_form(visit_of(request))
    pending = await step_up.require_pending(request, form)
    return pending if isinstance(pending, Response) else await _page(request, pending, form)


@signed_in
async def submit(request: Request) -> Response:
    """The customer typed a code, or asks for a new one with the button `another`."""
    form = await Form.posted(request)
    pending = await step_up.require_pending(request, form)
    if isinstance(pending, Response):
        return pending
    check_id = _check_id(request, form)
    try:
        if form.values["another"]:
            return await _send_another(request, pending, check_id, form)
        return await _confirm(request, pending, check_id, form)
    except OutcomeUnknown:
        form.fail("code", "card_check.no_answer")
    except Problem as problem:
        if problem.code == "card_check.used":
            return RedirectResponse(pending.return_to, 303)
        # What ended the check has its own page; what the customer can correct stands beside the code.
        if problem.status != 409 or problem.code in _FIELDS:
            form.take(problem, _FIELDS)
    return await _page(request, pending, form)


async def _confirm(request: Request, pending: PendingCheck, check_id: str, form: Form) -> Response:
    visit, typed = visit_of(request), half_width(form.values["code"])
    if not _CODE.fullmatch(typed):
        form.fail("code", "card_check.six_digits" if typed else "required")
        return await _page(request, pending, form)
    passed = await visit.core.card_checks.confirm(visit.live_session.customer_id, check_id, typed)
    if passed.statement is None or passed.action == "account_freezing":
        raise Problem(502, "core.malformed_answer")
    check = Check(METHODS, None, passed.confirmed_at)
    statement = CardCheckStatement(passed.statement, check, passed.action)
    await step_up.record_passed(request, pending.return_to, statement)
    return RedirectResponse(pending.return_to, 303)


async def _send_another(request: Request, pending: PendingCheck, check_id: str, form: Form) -> Response:
    visit = visit_of(request)
    intent = intents.open_(visit, PURPOSE, form.values[intents.FIELD])
    await visit.core.card_checks.send_another(visit.live_session.customer_id, check_id, intent.key)
    return see_other(request, "card_check_code", {"check": check_id, "next": pending.return_to})


async def _page(request: Request, pending: PendingCheck, form: Form) -> Response:
    visit, check_id = visit_of(request), _check_id(request, form)
    first_screen = link(request, "card_check", {"next": pending.return_to})
    if not check_id:
        return RedirectResponse(first_screen, 303)
    try:
        check = await visit.core.card_checks.get(visit.live_session.customer_id, check_id)
    except Problem as problem:
        if problem.code != "card_check.unknown":
            raise
        return RedirectResponse(first_screen, 303)
    if check.state is CardCheckState.CONFIRMED and pending.passed_by == "card":
        return RedirectResponse(pending.return_to, 303)
    form.values["code"] = ""
    asked = {"check": check_id, "next": pending.return_to}
    return render(
        request,
        f"card_check/{_TEMPLATES[check.state]}.html",
        200 if form.ok else 422,
        form=form,
        check=check,
        begin=first_screen,
        polling=Polling.of(request, asked),
        back_to=pending.return_to,
        query=urlencode(asked),
        another=_when_another(visit.now, check),
        over=_is_over(visit.now, check),
        intent=intents.issue(visit, PURPOSE, {"check": check_id, "codes_left": check.codes_left}),
    )


def _is_over(now: datetime, check: CardCheck) -> bool:
    """Whether the code has expired; a check that was confirmed in time never does."""
    is_expired = check.code_ends_at is not None and now >= check.code_ends_at
    return is_expired and check.state is not CardCheckState.CONFIRMED


def _when_another(now: datetime, check: CardCheck) -> str:
    """Return when the customer may ask for another code: `now`, `later` or `never`."""
    if check.another_code_at is None:
        return "never"
    return "now" if now >= check.another_code_at else "later"


def _check_id(request: Request, form: Form) -> str:
    check_id = form.values["check"] or request.query_params.get("check", "")
    return check_id if _ID.fullmatch(check_id) else ""
