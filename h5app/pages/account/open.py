"""`/account/open/{step}`: 开通电子账户 in three screens: particulars, bound card, confirm with consents.

What the partner vouched for is shown and locked. Typed steps wait sealed on the server; nothing reaches the bank
before the last button, save the question whose card this is.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming import drafts, intents, step_up
from h5app.confirming.submit import find_sending, submit_order
from h5app.guard import signed_in
from h5app.overview import read_overview
from h5app.page import blank_form, render, see_other
from h5app.services import parts_of
from h5app.visit import visit_of
from partner_adapters.core_bank.accounts import CardBin, OpenAccount, Particulars
from partner_adapters.core_bank.consents import ConsentGiven, GiveConsents
from partner_adapters.core_bank.orders import Order, OrderState
from partner_adapters.core_bank.wire import Evidence
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.problems import Problem

TASK, PURPOSE = "account_open", "account_opening"
STEPS = ("particulars", "card", "confirm")
PURPOSES = ["account_terms", "face_processing", "share_with_bank"]
OCCUPATIONS = ("farmer", "sole_trader", "owner", "employee", "other")
CARD_FIELDS = {"card_number": "card_number", "card_phone": "card_phone", "card.unknown_bank": "card_number"}
Steps = dict[str, str]


@signed_in
async def show(request: Request) -> Response:
    visit, step = visit_of(request), _step(request)
    gathered = await drafts.read_answers(parts_of(request), visit.person, TASK)
    reached = _reached(gathered)
    if STEPS.index(step) > STEPS.index(reached):
        return see_other(request, "account_open", step=reached)
    if (await read_overview(visit)).account is not None:
        return see_other(request, "account")
    form = blank_form(visit, **gathered)
    return await _confirmation(request, form, gathered) if step == "confirm" else _page(request, step, form)


@signed_in
async def submit(request: Request) -> Response:
    step, form = _step(request), await Form.posted(request)
    gathered = await drafts.read_answers(parts_of(request), visit_of(request).person, TASK)
    if step == "particulars":
        return await _submit_particulars(request, form, gathered)
    if step == "card":
        return await _submit_card(request, form, gathered)
    return await _submit_confirmation(request, form, gathered)


async def _submit_particulars(request: Request, form: Form, gathered: Steps) -> Response:
    visit = visit_of(request)
    occupation = form.choice("occupation", OCCUPATIONS)
    address = form.text("address", least=5, most=120, short="address.too_short")
    long_term = form.values["long_term"] == "yes"
    expires = None if long_term else form.day("expires")
    if expires and expires <= visit.today:
        form.fail("expires", "date.past")
    form.ticked("tax", "tax.needed")
    if not form.ok:
        return _page(request, "particulars", form)
    typed = {
        "occupation": occupation,
        "address": address,
        "long_term": "yes" if long_term else "",
        "expires": expires.isoformat() if expires else "",
        "tax": "yes",
    }
    return await _keep(request, {**gathered, **typed}, "card")


async def _submit_card(request: Request, form: Form, gathered: Steps) -> Response:
    number, phone = form.card_number("card_number"), form.phone("card_phone")
    bank = await _bank_of(request, form, number) if number else None
    if not form.ok or number is None or phone is None or bank is None:
        return _page(request, "card", form)
    typed = {
        "card_number": number,
        "card_phone": phone,
        "card_bank_zh": bank.bank_name["zh"],
        "card_bank_en": bank.bank_name["en"],
    }
    return await _keep(request, {**gathered, **typed}, "confirm")


async def _bank_of(request: Request, form: Form, number: str) -> CardBin | None:
    try:
        bank = await visit_of(request).core.accounts.card_bin(number[:10])
    except Problem as problem:
        if problem.status != 404:
            raise
        form.fail("card_number", "card.unknown_bank")
        return None
    if bank.kind != "debit":
        form.fail("card_number", "card.not_debit")
    elif len(number) != bank.number_length:
        form.fail("card_number", "card.other_length", wanted=bank.number_length, found=len(number))
    return bank


async def _submit_confirmation(request: Request, form: Form, gathered: Steps) -> Response:
    visit = visit_of(request)
    intent = intents.open_(visit, PURPOSE, form.values[intents.FIELD])
    if _reached(gathered) != "confirm" or intent.content["steps"] != _fingerprint(gathered):
        if await find_sending(parts_of(request), visit.person, intent.key):
            return see_other(request, "order", intent=intent.key)  # once done, nothing of the steps is left
        raise Problem(409, "intent.stale")
    for purpose in PURPOSES:
        form.ticked(purpose)
    if not form.ok:
        return await _confirmation(request, form, gathered)
    evidence = await step_up.obtain_evidence(request, "account_opening", form, intent)
    if isinstance(evidence, Response):
        return evidence
    agreed = [ConsentGiven.model_validate(consent) for consent in intent.content["consents"]]

    async def send() -> Order:
        return await _open(request, gathered, agreed, evidence, intent)

    try:
        return await submit_order(request, intent, send)
    except Problem as problem:
        return await _refused(request, form, gathered, problem)


async def _open(
    request: Request, gathered: Steps, agreed: list[ConsentGiven], evidence: Evidence, intent: intents.Intent
) -> Order:
    visit, customer_id = visit_of(request), visit_of(request).person.customer_id
    given = GiveConsents(consents=agreed, session_ref=visit.person.ref)
    stored = await visit.core.consents.give(customer_id, given, intent.part("consents"))
    particulars: dict[str, Any] = {
        "occupation": gathered["occupation"],
        "address": gathered["address"],
        "document_expires_on": date.fromisoformat(gathered["expires"]) if gathered["expires"] else None,
        "tax_resident_of_china_only": True,
    }
    command = OpenAccount(
        card_number=gathered["card_number"],
        card_phone=gathered["card_phone"],
        particulars=Particulars.model_validate(particulars),
        consent_ids=[consent.consent_id for consent in stored],
        evidence=evidence,
    )
    order = await visit.core.accounts.open(customer_id, command, intent.key)
    if order.state is OrderState.SUCCEEDED:
        await drafts.erase_answers(parts_of(request), visit.person, TASK)
    return order


async def _refused(request: Request, form: Form, gathered: Steps, problem: Problem) -> Response:
    """Nothing was opened: each refusal where the person can mend it."""
    if problem.code in step_up.CHECK_REFUSED:
        return await step_up.redirect_to_check(request, "account_opening", form)
    if problem.code == "consent.text_changed":
        for purpose in PURPOSES:
            form.values.pop(purpose, None)
            form.fail(purpose, problem.code)
        return await _confirmation(request, form, gathered)
    typed = Form(gathered)
    if problem.code == "document.expired":
        typed.fail("expires", "date.past")
        return _page(request, "particulars", typed)
    typed.take(problem, CARD_FIELDS)
    return _page(request, "card", typed)


def _page(request: Request, step: str, form: Form) -> Response:
    number = STEPS.index(step) + 1
    context = {"form": form, "number": number, "count": len(STEPS), "occupations": OCCUPATIONS}
    return render(request, f"account/{step}.html", 200 if form.ok else 422, **context)


async def _confirmation(request: Request, form: Form, gathered: Steps) -> Response:
    visit = visit_of(request)
    texts = await visit.core.consents.texts(PURPOSES)
    content = {"steps": _fingerprint(gathered), "consents": [text.pinned() for text in texts]}
    return render(
        request,
        "account/confirm.html",
        200 if form.ok else 422,
        form=form,
        gathered=gathered,
        expires=date.fromisoformat(gathered["expires"]) if gathered["expires"] else None,
        texts=texts,
        intent=intents.issue(visit, PURPOSE, content),
        check=step_up.needed(request, "account_opening"),
        number=len(STEPS),
        count=len(STEPS),
    )


async def _keep(request: Request, gathered: Steps, step: str) -> Response:
    await drafts.save_answers(parts_of(request), visit_of(request).person, TASK, gathered)
    return see_other(request, "account_open", step=step)


def _step(request: Request) -> str:
    step: str = request.path_params["step"]
    if step not in STEPS:
        raise Problem(404, "account_open.unknown_step")
    return step


def _reached(gathered: Steps) -> str:
    """The furthest screen that what is gathered allows."""
    if "occupation" not in gathered:
        return "particulars"
    return "confirm" if "card_number" in gathered else "card"


def _fingerprint(gathered: Steps) -> str:
    """What was shown is what is confirmed, even if another tab changed a step since."""
    return hashlib.sha256(json.dumps(gathered, sort_keys=True).encode()).hexdigest()
