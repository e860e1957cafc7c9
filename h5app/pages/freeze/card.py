"""`/freeze`: a visitor names themselves and a card, and gets a code. Who is logged in freezes without that."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming import guests
from h5app.page import render, see_other
from h5app.visit import visit_of
from partner_adapters.core_bank.freezes import AskFreezeCheck
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.pages.security.signing import Forged
from partner_adapters.kit.values.check_digits import is_id_number, normalise
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed, OutcomeUnknown
from partner_adapters.kit.web.rate_limits import REACHED, until_of

# The bank's refusals after which only the telephone is left.
BY_PHONE = frozenset({"card_check.stopped", REACHED})
MAX_NAME_CHARS = 64


async def show(request: Request) -> Response:
    visit = visit_of(request)
    if visit.session is not None:
        return see_other(request, "account_freeze")
    return _page(request, Form({guests.FIELD: guests.issue_mark(visit)}))


async def submit(request: Request) -> Response:
    visit, form = visit_of(request), await Form.posted(request)
    name, id_number = form.text("name", most=MAX_NAME_CHARS), normalise(form.text("id_number"))
    if id_number and not is_id_number(id_number):
        form.fail("id_number", "id_number.wrong")
    card_number, phone = form.card_number("card_number"), form.phone("card_phone")
    if not form.ok or card_number is None or phone is None:
        return _page(request, form)
    try:
        # Sealed: an observer of the key must not be able to find the numbers by trying all of them.
        key = guests.key_of(
            visit,
            form.values[guests.FIELD],
            visit.signing.sign("freeze", [name, id_number, card_number, phone]),
        )
    except Forged:
        form.values[guests.FIELD] = guests.issue_mark(visit)
        form.fail("name", "page.too_old")
        return _page(request, form)
    command = AskFreezeCheck(
        name=name, id_number=id_number, card_number=card_number, phone=phone, lang=visit.lang
    )
    try:
        await visit.core.freezes.start_check(command, key)
    except OutcomeUnknown:
        pass  # the next screen asks the bank by the key
    except CallFailed:
        # A visitor has no session in which the form could be saved, so it stays on this page.
        return _page(request, form, unanswered=True)
    except Problem as problem:
        if problem.code not in BY_PHONE:
            raise
        return render(
            request, "freeze/by_phone.html", problem.status, why=problem.code, until=until_of(problem)
        )
    return guests.redirect_to_freeze_check(request, key)


def _page(request: Request, form: Form, *, unanswered: bool = False) -> Response:
    status = 503 if unanswered else 200 if form.ok else 422
    return render(request, "freeze/card.html", status, form=form, unanswered=unanswered)
