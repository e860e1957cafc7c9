"""`/me/complaints/search`: a guest finds their complaint by its number and the phone number that they gave."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming import guests
from h5app.page import render
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.cases import FindComplaint
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.check_digits import normalise
from partner_adapters.kit.values.problems import Problem

MAX_NUMBER_CHARS = 16


async def show(request: Request) -> Response:
    visit_of(request)  # 404 where the address names no partner of ours
    return _page(request, Form())


async def submit(request: Request) -> Response:
    """Lead to the complaint. Whichever of the two does not fit, the page says the same."""
    visit, form = visit_of(request), await Form.posted(request)
    number = normalise(form.text("number"))
    phone = form.phone("phone")
    if not form.ok or phone is None:
        return _page(request, form)
    if not 0 < len(number) <= MAX_NUMBER_CHARS or not await _is_there(visit, number, phone):
        form.fail("number", "case.unknown")
        return _page(request, form)
    return guests.redirect_to_complaint(request, number, phone)


async def _is_there(visit: Visit, number: str, phone: str) -> bool:
    try:
        await visit.core.cases.find_complaint(FindComplaint(number=number, phone=phone))
    except Problem as problem:
        if problem.code != "case.unknown":
            raise
        return False
    return True


def _page(request: Request, form: Form) -> Response:
    return render(request, "me/complaints/search.html", 200 if form.ok else 422, form=form)
