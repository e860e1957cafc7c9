"""`/credit/{product}`: honest requirements, the annual rate, an example, and which consents will be asked for.

Where the customer certainly cannot apply now, the page says so first. Its form then asks a person of the bank.
For a customer who may apply, the questions of the application stand beneath.
"""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming import intents
from h5app.guard import signed_in
from h5app.journeys.application import fits_account, given_for, most_to_ask_fen, suggested_answers
from h5app.journeys.journey import resume
from h5app.journeys.screens import application_journey, is_taken_here
from h5app.overview import LIST_CONSENT, current_line, offer_for, open_application, read_overview
from h5app.page import blank_form, link, render, see_other
from h5app.visit import visit_of
from partner_adapters.core_bank.cases import AskPerson
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.problems import Problem

PURPOSE = "eligibility_review"
MAX_NOTE_CHARS = 500


@signed_in
async def show(request: Request) -> Response:
    return await _page(request, blank_form(visit_of(request)))


@signed_in
async def submit(request: Request) -> Response:
    """Ask that a person looks whether the customer may apply, or cancel that."""
    visit, form = visit_of(request), await Form.posted(request)
    customer_id, code = visit.live_session.customer_id, request.path_params["product"]
    if case_id := form.values["cancel"]:
        await visit.core.cases.cancel(customer_id, case_id)
        return see_other(request, "product", product=code)
    note = form.text("note", least=0, most=MAX_NOTE_CHARS)
    if not form.ok:
        return await _page(request, form)
    intent = intents.open_(visit, PURPOSE, form.values[intents.FIELD])
    if intent.content != {"product": code}:
        raise Problem(409, "intent.stale")
    await visit.core.cases.ask_person(customer_id, AskPerson(product_code=code, note=note), intent.part(note))
    return see_other(request, "product", product=code)


async def _page(request: Request, form: Form) -> Response:
    visit, code = visit_of(request), request.path_params["product"]
    customer_id = visit.live_session.customer_id
    product, eligibility, overview, consents = await asyncio.gather(
        visit.core.products.get(code),
        visit.core.applications.eligibility(customer_id, code),
        read_overview(visit),
        visit.core.consents.all(customer_id),
    )
    texts = await visit.core.consents.texts(product.consents) if product.consents else []
    most_fen = most_to_ask_fen(visit, product)
    screens, answers = application_journey(product), {}
    if screens is not None:
        answers = (await resume(request, screens, link(request, "credit"), product=product.code)).answers
    return render(
        request,
        "credit/product.html",
        200 if form.ok else 422,
        product=product,
        taken=is_taken_here(product, visit.partner.id),
        eligibility=eligibility,
        texts=texts,
        given=given_for(texts, consents),
        # Whether the list, on which the product depends, would have to be asked first.
        not_asked=overview.pre_credit is None and LIST_CONSENT in product.consents,
        running=open_application(overview, product.code),
        line=current_line(overview, product.code),
        offer=offer_for(overview, product.code),
        account=overview.account,
        fits_account=fits_account(product, overview.account),
        stopped=overview.account_stopped,
        stop=overview.stop_of("application", product.code),
        opening_stop=overview.stop_of("account_opening"),
        form=form,
        questions=Form(answers or suggested_answers(product, overview.pre_credit, most_fen)),
        most_fen=most_fen,
        intent=intents.issue(visit, PURPOSE, {"product": product.code}),
    )
