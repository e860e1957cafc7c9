"""`/me/complaints`: write a complaint (投诉), and see the own ones. Open to guests, who have not logged in."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming import guests, intents
from h5app.guard import signed_in
from h5app.page import blank_form, render, see_other
from h5app.visit import visit_of
from partner_adapters.core_bank.cases import MAX_COMPLAINT_CHARS, MAX_NAME_CHARS, Complain, ComplainAsGuest
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.pages.security.csrf import BODY_LOST
from partner_adapters.kit.pages.security.signing import Forged
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed

PURPOSE = "complaint"
REFUSALS = {"complaint.too_many": "note"}


async def show(request: Request) -> Response:
    visit = visit_of(request)
    if visit.session is not None:
        return await _show_own(request)
    return _guest_page(request, Form({guests.FIELD: guests.issue_mark(visit)}))


async def submit(request: Request) -> Response:
    """Send the complaint. A form of a session that ended is kept until its customer has logged in again."""
    visit, form = visit_of(request), await Form.posted(request)
    if not form.values:
        raise Problem(400, BODY_LOST)
    if visit.session is None and form.values[guests.FIELD]:
        return await _submit_as_guest(request, form)
    return await _submit_own(request)


@signed_in
async def _show_own(request: Request) -> Response:
    return await _own_page(request, blank_form(visit_of(request)))


@signed_in
async def _submit_own(request: Request) -> Response:
    visit, form = visit_of(request), await Form.posted(request)
    note = form.text("note", most=MAX_COMPLAINT_CHARS)
    if not form.ok:
        return await _own_page(request, form)
    intent = intents.open_(visit, PURPOSE, form.values[intents.FIELD])
    try:
        case = await visit.core.cases.complain(
            visit.live_session.customer_id, Complain(note=note), intent.part(note)
        )
    except Problem as problem:
        form.take(problem, REFUSALS)
        return await _own_page(request, form)
    return see_other(request, "case", case=case.case_id)


async def _submit_as_guest(request: Request, form: Form) -> Response:
    visit = visit_of(request)
    note = form.text("note", most=MAX_COMPLAINT_CHARS)
    name = form.text("name", most=MAX_NAME_CHARS)
    phone = form.phone("phone")
    if not form.ok or phone is None:
        return _guest_page(request, form)
    try:
        key = guests.key_of(visit, form.values[guests.FIELD], note, name, phone)
    except Forged:
        form.values[guests.FIELD] = guests.issue_mark(visit)
        form.fail("note", "page.too_old")
        return _guest_page(request, form)
    command = ComplainAsGuest(note=note, name=name, phone=phone, lang=visit.lang)
    try:
        case = await visit.core.cases.complain_as_guest(command, key)
    except Problem as problem:
        form.take(problem, REFUSALS)
        return _guest_page(request, form)
    except CallFailed:
        # A guest has no session in which the form could be saved, so it stays on this page.
        return _guest_page(request, form, unanswered=True)
    return guests.redirect_to_complaint(request, case.number, phone)


async def _own_page(request: Request, form: Form) -> Response:
    visit = visit_of(request)
    cases = await visit.core.cases.all(visit.live_session.customer_id)
    return render(
        request,
        "me/complaints/own.html",
        200 if form.ok else 422,
        form=form,
        most=MAX_COMPLAINT_CHARS,
        complaints=[case for case in cases if case.kind == "complaint"],
        intent=intents.issue(visit, PURPOSE, {}),
    )


def _guest_page(request: Request, form: Form, *, unanswered: bool = False) -> Response:
    status = 503 if unanswered else 200 if form.ok else 422
    return render(
        request,
        "me/complaints/guest.html",
        status,
        form=form,
        most=MAX_COMPLAINT_CHARS,
        unanswered=unanswered,
    )
