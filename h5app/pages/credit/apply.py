"""`/apply/{product}/{step}`: the questions, each consent alone, then a summary and 提交申请.

The answers wait on the server between the screens, so every screen may be reloaded, left and corrected.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming import consents, intents
from h5app.confirming.actions import ACTIONS
from h5app.confirming.stops import refuse_stopped
from h5app.confirming.submit import submit_order
from h5app.guard import signed_in
from h5app.journeys import application
from h5app.journeys.application import ApplicationInProgress
from h5app.overview import read_overview
from h5app.page import link, see_other
from h5app.visit import visit_of
from partner_adapters.core_bank.applications import Apply
from partner_adapters.core_bank.orders import Order
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.problems import Problem

ACTION = ACTIONS["application"]
WIRE_FIELDS = {
    "amount": "amount",
    "term_months": "term",
    "term.not_offered": "term",
    "method": "method",
    "method.not_offered": "method",
    "purpose": "purpose",
    "purpose.unknown": "purpose",
}


@signed_in
async def show(request: Request) -> Response:
    applying, overview = await application.resume(request), await read_overview(visit_of(request))
    # The product's page says what stands in the way, and leads on where something can be done about it.
    if applying is None or not applying.may_begin(overview.account):
        return see_other(request, "product", product=request.path_params["product"])
    refuse_stopped(overview.stop_of(ACTION.kind, applying.product.code))
    step = applying.journey.step
    if step not in ("consent", "authorise", "check"):
        await application.prefill(applying)
        return _show_questions(applying, step)
    # The last screens depend on what the answers say, so they are read first.
    command = applying.read_command()
    if early := applying.journey.redirect_early(applying.complete):
        return early
    if step == "consent":
        return _show_consent(applying)
    if step == "authorise":
        return _go_authorise(applying, applying.unauthorised)
    assert command is not None, "the summary opens only when nothing is missing"
    return _show_summary(applying, command)


@signed_in
async def submit(request: Request) -> Response:
    applying, posted = await application.resume(request), await Form.posted(request)
    if applying is None:
        return see_other(request, "product", product=request.path_params["product"])
    if applying.journey.step == "consent":
        return await _submit_consent(applying, posted)
    if applying.journey.step == "check":
        return await _submit_application(applying, posted)
    return await _submit_questions(applying, posted)


def _show_questions(applying: ApplicationInProgress, step: str) -> Response:
    return applying.journey.show(step, applying.form, product=applying.product, most_fen=applying.most_fen)


def _show_consent(applying: ApplicationInProgress, *, changed: bool = False) -> Response:
    text = applying.missing[0]
    intent = consents.issue(visit_of(applying.journey.request), text)
    return applying.journey.show(
        "consent",
        applying.form,
        409 if changed else None,
        product=applying.product,
        text=text,
        intent=intent,
        changed=changed,
        again=applying.journey.request.query_params.get("again") == text.purpose,
    )


def _go_authorise(applying: ApplicationInProgress, source: str) -> Response:
    """Lead to the source's own page, and from there back to the summary."""
    request = applying.journey.request
    summary = link(request, "apply", product=applying.product.code, step="check")
    return see_other(request, "authorise", {"next": summary}, source=source)


def _show_summary(applying: ApplicationInProgress, command: Apply) -> Response:
    choices = {choice.code: choice.name for choice in applying.product.purposes}
    content = command.model_dump(mode="json")
    return applying.journey.show(
        "check",
        applying.form,
        product=applying.product,
        application=command,
        purpose=choices[command.purpose],
        texts=applying.texts,
        intent=intents.issue(visit_of(applying.journey.request), ACTION.kind, content),
    )


async def _submit_questions(applying: ApplicationInProgress, posted: Form) -> Response:
    """Save the screen's answers, right or wrong; go on to the next screen only if they are right."""
    step, form = applying.journey.step, applying.form
    fields = applying.journey.journey.find_screen(step).fields
    form.values.update({name: posted.values[name] for name in fields})
    await applying.journey.save_answers({name: form.values[name] for name in fields})
    applying.read_command()
    complete = applying.complete
    # A screen names its own mistakes only; those of other screens are named there.
    for name in form.errors.keys() - set(fields):
        del form.errors[name]
    return applying.journey.redirect_on(complete) if form.ok else _show_questions(applying, step)


async def _submit_consent(applying: ApplicationInProgress, posted: Form) -> Response:
    """Store the consent to exactly the text that was shown, before the next one is asked for."""
    if not applying.missing:
        return applying.journey.redirect_to("check")
    request = applying.journey.request
    try:
        await consents.give(request, applying.missing[0].purpose, posted.values[intents.FIELD])
    except Problem as problem:
        if problem.code in ("consent.text_changed", "intent.stale"):
            again = await application.resume(request)
            return (
                applying.journey.redirect_to("consent")
                if again is None
                else _show_consent(again, changed=True)
            )
        raise
    return applying.journey.redirect_to("consent")


async def _submit_application(applying: ApplicationInProgress, posted: Form) -> Response:
    request = applying.journey.request
    visit = visit_of(request)
    intent = intents.open_(visit, ACTION.kind, posted.values[intents.FIELD])
    command = Apply.model_validate(intent.content)

    async def send() -> Order:
        order = await visit.core.applications.submit(visit.live_session.customer_id, command, intent.key)
        # Only now: until the bank has the application, the customer may have to correct and send it again.
        await applying.journey.erase_answers()
        return order

    try:
        return await submit_order(request, intent, send)
    except Problem as problem:
        return _show_refusal(applying, problem)


def _show_refusal(applying: ApplicationInProgress, problem: Problem) -> Response:
    """Nothing was submitted: show each refusal of the bank where the customer can correct it."""
    request = applying.journey.request
    if problem.code == "consent.missing" and problem.params.get("purpose") in applying.product.consents:
        # The consent was withdrawn or ended after the summary was shown. Its page says why it is asked for again.
        at = {"product": applying.product.code, "step": "consent"}
        return see_other(request, "apply", {"again": str(problem.params["purpose"])}, **at)
    if problem.code == "authorisation.missing":
        return _go_authorise(applying, str(problem.params["source"]))
    if problem.code == "account.missing":
        return see_other(request, "account")
    if problem.code in ("application.already_open", "application.in_review", "application.too_early"):
        return see_other(request, "product", product=applying.product.code)
    applying.form.take(problem, WIRE_FIELDS)
    errors = applying.form.errors
    screens = applying.journey.journey.screens
    screen = next(screen for screen in screens if errors.keys() & set(screen.fields))
    return _show_questions(applying, screen.step)
