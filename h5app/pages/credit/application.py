"""`/applications/{id}`: an application, each state with its own page. A declined one may be reviewed by a person."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming import intents
from h5app.guard import signed_in
from h5app.overview import own_application
from h5app.page import blank_form, render, see_other
from h5app.states import rules_of
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.applications import Application, AskReview
from partner_adapters.core_bank.products import Product
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.pages.polling import Polling
from partner_adapters.kit.values.problems import Problem

PURPOSE = "review"
MAX_NOTE_CHARS = 500


@signed_in
async def show(request: Request) -> Response:
    return await _page(request, await own_application(request), blank_form(visit_of(request)))


@signed_in
async def submit(request: Request) -> Response:
    """Ask for a review by a person (请人工再看一次, PIPL 24), or cancel what waits for one."""
    visit, application = visit_of(request), await own_application(request)
    form = await Form.posted(request)
    if form.values["cancel"]:
        await visit.core.applications.cancel_review(application.application_id)
        return see_other(request, "application", application=application.application_id)
    note = form.text("note", least=0, most=MAX_NOTE_CHARS)
    if not form.ok:
        return await _page(request, application, form)
    intent = intents.open_(visit, PURPOSE, form.values[intents.FIELD])
    if intent.content != {"application_id": application.application_id}:
        raise Problem(409, "intent.stale")
    try:
        await visit.core.applications.ask_review(
            application.application_id, AskReview(note=note), intent.part(note)
        )
    except Problem as problem:
        # The bank has decided or begun a review meanwhile; the page shows the present state.
        if problem.code != "application.review_not_possible":
            raise
    return see_other(request, "application", application=application.application_id)


async def _page(request: Request, application: Application, form: Form) -> Response:
    visit = visit_of(request)
    product = await _product(visit, application.product_code)
    return render(
        request,
        rules_of(application).template,
        200 if form.ok else 422,
        application=application,
        product_name=product and product.name,
        paper_names={paper.code: paper.name for paper in product.papers} if product else {},
        may_apply=await _may_apply(visit, application) if rules_of(application).again else None,
        form=form,
        polling=Polling.of(request),
        intent=intents.issue(visit, PURPOSE, {"application_id": application.application_id}),
    )


async def _may_apply(visit: Visit, application: Application) -> bool | None:
    """Return whether the bank accepts another application for the product, or None if the product is withdrawn."""
    try:
        found = await visit.core.applications.eligibility(
            visit.live_session.customer_id, application.product_code
        )
    except Problem as problem:
        if problem.status != 404:
            raise
        return None
    return found.may_apply


async def _product(visit: Visit, code: str) -> Product | None:
    try:
        return await visit.core.products.get(code)
    except Problem as problem:
        if problem.status != 404:
            raise
        return None  # no longer offered; the application stays readable
