"""`/me/address`: where the customer lives, to correct. The bank keeps the earlier address and tells the customer."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming import intents
from h5app.guard import signed_in
from h5app.overview import read_overview
from h5app.page import blank_form, render, see_other
from h5app.visit import visit_of
from partner_adapters.core_bank.addresses import ChangeAddress
from partner_adapters.kit.pages.forms import Form

PURPOSE = "address"


@signed_in
async def show(request: Request) -> Response:
    return await _page(request)


@signed_in
async def submit(request: Request) -> Response:
    visit, form = visit_of(request), await Form.posted(request)
    intent = intents.open_(visit, PURPOSE, form.values[intents.FIELD])
    address = form.text("address", least=5, most=120, short="address.too_short")
    if not form.ok:
        return await _page(request, form)
    # The page comes back by the back button as it was. Another address on it is another command.
    key = intent.part(address)
    await visit.core.addresses.change(visit.live_session.customer_id, ChangeAddress(address=address), key)
    return see_other(request, "address", {"saved": "yes"})


async def _page(request: Request, form: Form | None = None) -> Response:
    visit = visit_of(request)
    # The address belongs to the account's particulars.
    if (await read_overview(visit)).account is None:
        return see_other(request, "account")
    known = await visit.core.addresses.get(visit.live_session.customer_id)
    form = form or blank_form(visit, address=known.address)
    return render(
        request,
        "me/address.html",
        200 if form.ok else 422,
        form=form,
        known=known,
        # After each change the page carries another key.
        intent=intents.issue(visit, PURPOSE, {"stated_at": known.stated_at.isoformat()}),
        saved="saved" in request.query_params,
    )
