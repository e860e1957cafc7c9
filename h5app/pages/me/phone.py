"""`/me/phone`: the app states another phone number than the bank has. The customer says which one is the bank's."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming import intents
from h5app.guard import signed_in
from h5app.overview import read_overview
from h5app.page import blank_form, render, see_other
from h5app.visit import visit_of
from partner_adapters.core_bank.customers import ChoosePhone
from partner_adapters.kit.pages.forms import Form

PURPOSE = "phone"
ANSWERS = ("bank", "app")


@signed_in
async def show(request: Request) -> Response:
    return await _page(request, blank_form(visit_of(request)))


@signed_in
async def submit(request: Request) -> Response:
    visit, form = visit_of(request), await Form.posted(request)
    intent = intents.open_(visit, PURPOSE, form.values[intents.FIELD])
    chosen = form.choice("use", ANSWERS)
    if not form.ok:
        return await _page(request, form)
    command = ChoosePhone.model_validate({"use": chosen})
    await visit.core.customers.choose_phone(visit.live_session.customer_id, command, intent.key)
    return see_other(request, "home")


async def _page(request: Request, form: Form) -> Response:
    visit = visit_of(request)
    overview = await read_overview(visit)
    if overview.phone_stated_masked is None:
        return see_other(request, "data")
    intent = intents.issue(visit, PURPOSE, {"stated": overview.phone_stated_masked})
    status = 200 if form.ok else 422
    return render(request, "me/phone.html", status, overview=overview, form=form, intent=intent)
