"""`/account/open/{step}`: 开通电子账户: particulars with the card to bind, photographs, confirmation.

Either can be corrected from the confirmation; the card has a screen of its own for that.

What the partner asserted is shown and cannot be edited. The answers wait sealed on the server. Two things reach
the bank before the last button: the question whether the card may be bound, and the photographs. The bank deletes
photographs after a day if no account is opened.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import defaultdict
from dataclasses import replace
from datetime import date

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming import intents, step_up
from h5app.confirming.actions import ACTIONS
from h5app.confirming.consents import read_consents
from h5app.confirming.intents import Intent
from h5app.confirming.stops import refuse_stopped, refuse_stopped_form
from h5app.confirming.submit import find_sending, submit_order
from h5app.guard import signed_in
from h5app.journeys import journey
from h5app.journeys.account_class import choose_class, chosen_class, offered_class
from h5app.journeys.card_to_bind import REFUSALS, read_card
from h5app.journeys.identity_images import answer_of, sender
from h5app.journeys.journey import OpenJourney
from h5app.journeys.screens import ACCOUNT_OPENING
from h5app.journeys.uploads import send_whole
from h5app.overview import WANTED, read_overview
from h5app.page import blank_form, link, see_other
from h5app.services import services_of
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.accounts import Identification, OpenAccount, Particulars
from partner_adapters.core_bank.consents import ConsentGiven, GiveConsents
from partner_adapters.core_bank.identity_images import SIDES, IdentityImages
from partner_adapters.core_bank.orders import Order, OrderState
from partner_adapters.core_bank.wire import Evidence
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.pages.typed import NEVER
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.uploads import is_multipart, read_files

ACTION = ACTIONS["account_opening"]
CONSENTS = ["account_terms", step_up.FACE_CONSENT, "share_with_bank"]
OCCUPATIONS = ("farmer", "sole_trader", "owner", "employee", "other")


def consents_of(visit: Visit) -> list[str]:
    """Return the consents that an opening at this partner rests on: to face checks only where faces are checked."""
    return [purpose for purpose in CONSENTS if visit.by_face or purpose != step_up.FACE_CONSENT]


@signed_in
async def show(request: Request) -> Response:
    visit, opening = visit_of(request), await _resume(request)
    if early := opening.redirect_early(opening.answered):
        return early
    overview = await read_overview(visit)
    if overview.account is not None:
        return see_other(request, "account")
    refuse_stopped(overview.stop_of(ACTION.kind))
    form = blank_form(visit, **opening.answers)
    if wanted := request.query_params.get(WANTED):
        form.values[WANTED] = wanted
    if opening.step == "confirm":
        return await _show_confirmation(opening, form)
    return _show_questions(opening, opening.step, form, overview.identification)


@signed_in
async def submit(request: Request) -> Response:
    opening = await _resume(request)
    if opening.step == "document" and is_multipart(request):
        return await _submit_document(opening)
    form = await Form.posted(request)
    if opening.step == "document":
        return await _end_document(opening, form)
    if opening.step == "particulars":
        return await _submit_particulars(opening, form, with_card="card_number" in form.values)
    if opening.step == "card":
        return await _submit_card(opening, form)
    return await _submit_confirmation(opening, form)


async def _resume(request: Request) -> OpenJourney:
    opening = await journey.resume(request, ACCOUNT_OPENING, link(request, "account"))
    # A customer with the one and without the other, or who corrects the card, gets the card's own screen.
    answered = opening.answered - {"document"}
    if opening.step == "card":
        # Its Back and its count are those of a correction, after which the confirmation is shown.
        return replace(opening, journey=ACCOUNT_OPENING.skip("document"))
    is_joined = answered in (set(), {"particulars", "card"})
    return replace(opening, journey=ACCOUNT_OPENING.skip("card")) if is_joined else opening


def _show_questions(opening: OpenJourney, step: str, form: Form, known: Identification | None) -> Response:
    with_card = "card" in opening.journey.skipped
    answers = defaultdict(str, opening.answers)
    return opening.show(
        step,
        form,
        occupations=OCCUPATIONS,
        with_card=with_card,
        class_three=offered_class(form, opening.answers),
        known=known,
        answers=answers,
    )


async def _known(request: Request) -> Identification | None:
    return (await read_overview(visit_of(request))).identification


async def _submit_particulars(opening: OpenJourney, form: Form, *, with_card: bool) -> Response:
    occupation = form.choice("occupation", OCCUPATIONS)
    address = form.text("address", least=5, most=120, short="address.too_short")
    expires = await _read_expiry(opening.request, form)
    form.ticked("tax", "tax.needed")
    card = await _read_card(opening, form) if with_card else {}
    if not form.ok:
        return _show_questions(opening, "particulars", form, await _known(opening.request))
    await opening.save_answers(
        card
        | {
            "occupation": occupation,
            "address": address,
            "long_term": "yes" if expires == NEVER else "",
            "expires": expires.isoformat() if expires and expires != NEVER else "",
            "tax": "yes",
            WANTED: form.values[WANTED],
        }
    )
    return opening.redirect_to(_after_card(opening) if with_card else "card")


async def _read_expiry(request: Request, form: Form) -> date | None:
    """Return the last day of the identity card, `NEVER` for 长期; None after noting in the form what is wrong."""
    if form.values["long_term"] == "yes":
        # A date beside the tick is either a slip or the tick is.
        expires = NEVER if not form.values["expires"].strip() else form.expiry("expires")
        if expires is not None and expires != NEVER:
            form.fail("expires", "date.or_long_term")
    else:
        expires = form.expiry("expires")
    validity = (await read_overview(visit_of(request))).card_validity
    if expires and validity:
        refusal = validity.refusal(None if expires == NEVER else expires)
        if refusal:
            form.fail("long_term" if form.values["long_term"] == "yes" else "expires", refusal)
    return expires


async def _submit_card(opening: OpenJourney, form: Form) -> Response:
    card = await _read_card(opening, form)
    if not form.ok:
        return _show_questions(opening, "card", form, None)
    await opening.save_answers(card)
    return opening.redirect_to(_after_card(opening))


def _after_card(opening: OpenJourney) -> str:
    return "confirm" if "document" in opening.answered else "document"


async def _submit_document(opening: OpenJourney) -> Response:
    """Pass the photographs on to the bank. One that it takes is kept when it refuses the other."""
    values, files = await read_files(opening.request, SIDES)
    form = Form(values)
    for side in SIDES:
        if side in files:
            send = sender(visit_of(opening.request), side)
            image_id = await send_whole(side, files[side], form, send)
            if image_id is not None:
                opening = await opening.save_answers({answer_of(side): image_id})
    return await _end_document(opening, form)


async def _end_document(opening: OpenJourney, form: Form) -> Response:
    for side in SIDES:
        if not opening.answers.get(answer_of(side)):
            form.fail(side, "picture.missing")
    if not form.ok:
        return _show_questions(opening, "document", form, await _known(opening.request))
    return opening.redirect_on(opening.answered)


async def _read_card(opening: OpenJourney, form: Form) -> dict[str, str]:
    card = await read_card(opening.request, form, opening.answers)
    return choose_class(form, card, opening.answers)


async def _show_confirmation(opening: OpenJourney, form: Form) -> Response:
    visit, answers = visit_of(opening.request), opening.answers
    texts, given = await asyncio.gather(visit.core.consents.texts(consents_of(visit)), _given(visit))
    # All of them, also those given before: the intent must not change by storing the rest.
    content = {"steps": _fingerprint(answers), "consents": [text.pinned() for text in texts]}
    return opening.show(
        "confirm",
        form,
        answers=answers,
        class_three=chosen_class(answers),
        expires=_expiry_date(answers),
        texts=[text for text in texts if text.purpose not in given],
        intent=intents.issue(visit, ACTION.kind, content),
        check=step_up.needed(opening.request, ACTION.required_check),
    )


async def _submit_confirmation(opening: OpenJourney, form: Form) -> Response:
    request, visit = opening.request, visit_of(opening.request)
    intent = intents.open_(visit, ACTION.kind, form.values[intents.FIELD])
    early = opening.redirect_early(opening.answered)
    if early or intent.content["steps"] != _fingerprint(opening.answers):
        # After the opening its answers are gone, so the same form sent again leads to its order.
        if await find_sending(services_of(request), visit.live_session, intent.key):
            return see_other(request, "order", intent=intent.key)
        raise Problem(409, "intent.stale")
    await refuse_stopped_form(request, (await read_overview(visit)).stop_of(ACTION.kind), intent)
    given = await _given(visit)
    for purpose in consents_of(visit):
        if purpose not in given:
            form.ticked(purpose)
    if not form.ok:
        return await _show_confirmation(opening, form)
    evidence = await step_up.obtain_evidence(request, ACTION.required_check, form, intent)
    if isinstance(evidence, Response):
        return evidence

    async def send() -> Order:
        return await _open_account(opening, intent, given, evidence)

    try:
        wanted = opening.answers.get(WANTED)
        return await submit_order(request, intent, send, onward={WANTED: wanted} if wanted else None)
    except Problem as problem:
        return await _show_refusal(opening, form, problem)


async def _given(visit: Visit) -> dict[str, str]:
    """Return the ids of the consents that stand here already, by purpose.

    The agreement on the account is not among them: it is made anew with each opening.
    """
    consents = await read_consents(visit)
    return {
        each.purpose: each.consent_id
        for each in consents.standing
        if each.permits_here and each.scope != "account"
    }


async def _open_account(
    opening: OpenJourney, intent: Intent, given: dict[str, str], evidence: Evidence
) -> Order:
    """Store the consents, then open the account; both under keys of the same intent, so a retry repeats neither."""
    visit = visit_of(opening.request)
    customer_id = visit.live_session.customer_id
    agreed = [
        ConsentGiven.model_validate(consent)
        for consent in intent.content["consents"]
        if consent["purpose"] not in given
    ]
    consents = GiveConsents(consents=agreed, session_ref=visit.live_session.ref)
    # The key names them: a retry finds fewer to store.
    key = intent.part("consents " + " ".join(consent.purpose for consent in agreed))
    stored = await visit.core.consents.give(customer_id, consents, key)
    ids = given | {consent.purpose: consent.consent_id for consent in stored}
    command = _command(opening.answers, [ids[purpose] for purpose in consents_of(visit)], evidence)
    order = await visit.core.accounts.open(customer_id, command, intent.key)
    if order.state is OrderState.SUCCEEDED:
        await opening.erase_answers()
    return order


def _command(answers: dict[str, str], consent_ids: list[str], evidence: Evidence) -> OpenAccount:
    particulars = {
        "occupation": answers["occupation"],
        "address": answers["address"],
        "document_expires_on": _expiry_date(answers),
        "tax_resident_of_china_only": True,
    }
    return OpenAccount(
        card_number=answers["card_number"],
        card_phone=answers["card_phone"],
        account_class="III" if chosen_class(answers) else "II",
        particulars=Particulars.model_validate(particulars),
        identity_images=IdentityImages(**{side: answers[answer_of(side)] for side in SIDES}),
        consent_ids=consent_ids,
        evidence=evidence,
    )


async def _show_refusal(opening: OpenJourney, form: Form, problem: Problem) -> Response:
    """Nothing was opened: show each refusal of the bank on the screen where the customer can correct it."""
    if problem.code in step_up.CHECK_REFUSED:
        return await step_up.redirect_to_check(opening.request, ACTION.required_check, form)
    if problem.code == "consent.text_changed":
        visit = visit_of(opening.request)
        for purpose in set(consents_of(visit)) - set(await _given(visit)):
            form.values.pop(purpose, None)
            form.fail(purpose, problem.code)
        return await _show_confirmation(opening, form)
    answers = Form(opening.answers)
    if any(error.field == "particulars.document_expires_on" for error in problem.errors):
        answers.take(problem, {"particulars.document_expires_on": "expires"})
        return _show_questions(opening, "particulars", answers, await _known(opening.request))
    missing = {f"identity_images.{side}": side for side in SIDES}
    if any(error.field in missing for error in problem.errors):
        answers.take(problem, missing)
        # The bank deleted what waited for too long.
        opening = await opening.save_answers(
            {}, without=[answer_of(side) for side in SIDES if side in answers.errors]
        )
        return _show_questions(opening, "document", answers, await _known(opening.request))
    answers.take(problem, REFUSALS)
    return _show_questions(replace(opening, journey=ACCOUNT_OPENING), "card", answers, None)


def _expiry_date(answers: dict[str, str]) -> date | None:
    return date.fromisoformat(answers["expires"]) if answers["expires"] else None


def _fingerprint(answers: dict[str, str]) -> str:
    """Return a hash of the answers, so that only what was shown is confirmed, whatever another tab changed since."""
    return hashlib.sha256(json.dumps(answers, sort_keys=True).encode()).hexdigest()
