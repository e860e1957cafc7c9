"""`/credit/offers`: what each product would offer the customer now, from one check of the sources that leave no record.

The customer chooses which consents to give besides that to the bank's own list. A product that needs one of the
others says so. The check is not an application: it promises nothing, and a withdrawn consent takes its result away.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming import intents
from h5app.confirming.actions import ACTIONS
from h5app.confirming.submit import submit_order
from h5app.guard import signed_in
from h5app.journeys.application import given_for
from h5app.journeys.screens import is_taken_here
from h5app.overview import LIST_CONSENT, current_line, read_overview
from h5app.page import render
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.consents import Consent, ConsentGiven, ConsentText, GiveConsents
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.pre_credit import CheckPreCredit, ProductOffer
from partner_adapters.core_bank.products import Product
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.problems import Problem

ACTION = ACTIONS["pre_credit"]
OWN_PAGE = "offers"


@dataclass(frozen=True)
class Question:
    """What the check may use: the text of each consent, and those that the customer has given."""

    products: list[Product]
    texts: list[ConsentText]
    given: Mapping[str, Consent]

    @property
    def missing(self) -> list[ConsentText]:
        """The texts that the customer may still agree to."""
        return [text for text in self.texts if text.purpose not in self.given]


@signed_in
async def show(request: Request) -> Response:
    return await _page(request, await _question(visit_of(request)), Form())


@signed_in
async def submit(request: Request) -> Response:
    """Store the consents that were ticked, each to exactly the text that was shown, then order the check."""
    visit, form = visit_of(request), await Form.posted(request)
    question = await _question(visit)
    intent = intents.open_(visit, ACTION.kind, form.values[intents.FIELD])
    ticked = {purpose: pinned for purpose, pinned in intent.content.items() if form.values[purpose] == "yes"}
    if LIST_CONSENT not in ticked and LIST_CONSENT not in question.given:
        # The bank's own list comes first: without it nothing is looked up.
        form.fail(LIST_CONSENT, "consent.needed")
        return await _page(request, question, form)
    customer_id = visit.live_session.customer_id
    if ticked:
        agreed = [ConsentGiven.model_validate(pinned) for pinned in ticked.values()]
        given = GiveConsents(consents=agreed, session_ref=visit.live_session.ref)
        try:
            await visit.core.consents.give(customer_id, given, intent.part(f"consents:{' '.join(ticked)}"))
        except Problem as problem:
            if problem.code != "consent.text_changed":
                raise
            return await _page(request, await _question(visit), Form(), changed=True)
        question = await _question(visit)
    if LIST_CONSENT not in question.given:
        # Withdrawn elsewhere since this page was shown.
        return await _page(request, question, Form(), changed=True)
    command = CheckPreCredit(consent_ids=[consent.consent_id for consent in question.given.values()])

    async def send() -> Order:
        return await visit.core.pre_credit.check(customer_id, command, intent.key)

    return await submit_order(request, intent, send, at_once=OWN_PAGE)


async def _question(visit: Visit) -> Question:
    products, consents = await asyncio.gather(
        visit.core.products.all(), visit.core.consents.all(visit.live_session.customer_id)
    )
    used = {purpose for product in products for purpose in product.offer_consents}
    purposes = [LIST_CONSENT, *sorted(used - {LIST_CONSENT})] if used else []
    texts = await visit.core.consents.texts(purposes) if purposes else []
    return Question(products, texts, given_for(texts, consents))


async def _find_unauthorised(
    visit: Visit, question: Question, offers: Sequence[ProductOffer]
) -> dict[str, str]:
    """Return purpose → source, where the customer consented and must still authorise at the source's own page."""
    needed = {purpose for offer in offers for purpose in offer.needs if purpose in question.given}
    if not needed:
        return {}
    known = await visit.core.authorisations.all(visit.live_session.customer_id)
    return {each.purpose: each.source for each in known if each.purpose in needed and each.state != "given"}


async def _page(request: Request, question: Question, form: Form, *, changed: bool = False) -> Response:
    visit = visit_of(request)
    overview = await read_overview(visit)
    found = overview.pre_credit.products if overview.pre_credit else []
    by_code = {product.code: product for product in question.products}
    offers = [offer for offer in found if offer.product_code in by_code]
    return render(
        request,
        "credit/offers.html",
        409 if changed else 200 if form.ok else 422,
        form=form,
        question=question,
        titles={text.purpose: text.title for text in question.texts},
        titles_said={text.purpose: text.title.get(visit.lang, text.title["zh"]) for text in question.texts},
        offers=offers,
        lines={code: line for code in by_code if (line := current_line(overview, code))},
        unauthorised=await _find_unauthorised(visit, question, offers),
        taken={code for code, product in by_code.items() if is_taken_here(product, visit.partner.id)},
        running=any(order.kind == ACTION.kind for order in overview.running_orders),
        stop=overview.stop_of(ACTION.kind),
        changed=changed,
        intent=intents.issue(visit, ACTION.kind, {text.purpose: text.pinned() for text in question.missing}),
    )
