"""An application for a loan in progress: its product, its consents, and the command that the answers make."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request

from h5app.journeys import journey
from h5app.journeys.journey import OpenJourney
from h5app.journeys.screens import QUESTIONS, application_journey, is_taken_here
from h5app.overview import read_overview
from h5app.page import blank_form, link
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.accounts import Account
from partner_adapters.core_bank.applications import Apply, Eligibility
from partner_adapters.core_bank.consents import Consent, ConsentText
from partner_adapters.core_bank.pre_credit import PreCredit
from partner_adapters.core_bank.products import Product
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.money import fen_to_wire


def most_to_ask_fen(visit: Visit, product: Product) -> int:
    """Return the most that can be asked for at this partner, which may lie below the product's least amount."""
    here_fen = visit.most_here_fen("contract_signing")
    return product.max_fen if here_fen is None else min(product.max_fen, here_fen)


def fits_account(product: Product, account: Account | None) -> bool:
    """Whether there is an account that may hold at least the least amount of the product."""
    if account is None:
        return False
    most_fen = account.limits.balance_most_fen
    return most_fen is None or product.min_fen <= most_fen


def suggested_answers(product: Product, offer: PreCredit | None, most_fen: int) -> dict[str, str]:
    """Return the answers that the customer's own offer for the product suggests. The customer may change each.

    `most_fen`: the most that can be asked for here. Else amount, term and method are those of the home page.
    """
    if offer is None or offer.product_code != product.code or offer.limit_fen is None:
        return {}
    most_fen = min(offer.limit_fen, most_fen)
    amount_fen = most_fen - most_fen % product.step_fen
    answers = {"amount": f"{amount_fen // 100}"} if amount_fen >= product.min_fen else {}
    if offer.sample_months in product.tenors_months:
        answers["term"] = str(offer.sample_months)
    return answers | {"method": product.methods[0]}


def given_for(texts: Sequence[ConsentText], stored: Sequence[Consent]) -> dict[str, Consent]:
    """Return purpose → the customer's consent in force to exactly the text of that purpose."""
    current = {text.purpose: text.sha256 for text in texts}
    return {
        consent.purpose: consent
        for consent in stored
        if consent.permits_here and consent.sha256 == current.get(consent.purpose)
    }


@dataclass(frozen=True)
class ApplicationInProgress:
    """One customer's application. `given`: purpose → the consent in force for the current text of that purpose.

    `unauthorised`: the source at whose own page the customer must still authorise, or "".
    """

    journey: OpenJourney
    product: Product
    eligibility: Eligibility
    texts: list[ConsentText]
    given: Mapping[str, Consent]
    form: Form
    unauthorised: str = ""

    @property
    def at_most_fen(self) -> int | None:
        """The most that the customer can sign for at this partner; None where only the product limits it."""
        return visit_of(self.journey.request).most_here_fen("contract_signing")

    @property
    def most_fen(self) -> int:
        """The most that can be asked for here."""
        return most_to_ask_fen(visit_of(self.journey.request), self.product)

    def may_begin(self, account: Account | None) -> bool:
        """Whether the customer may apply now, and the account fits what may be asked for."""
        is_possible = self.eligibility.may_apply and self.most_fen >= self.product.min_fen
        return is_possible and fits_account(self.product, account)

    @property
    def missing(self) -> list[ConsentText]:
        """The texts that still need the customer's consent."""
        return [text for text in self.texts if text.purpose not in self.given]

    @property
    def complete(self) -> set[str]:
        """The steps that need nothing more; `read_command` first notes the mistakes in the form."""
        complete = {
            screen.step
            for screen in self.journey.journey.screens
            if screen.fields and all(self._is_right(name) for name in screen.fields)
        }
        if not self.missing:
            complete.add("consent")
        return complete if self.unauthorised else complete | {"authorise"}

    def read_command(self) -> Apply | None:
        """Return the command; None while an answer or a consent is missing. Note each mistake in the form."""
        amount_fen = self._read_amount()
        form, product = self.form, self.product
        form.choice("term", [str(months) for months in product.tenors_months])
        form.choice("purpose", [choice.code for choice in product.purposes])
        form.choice("method", product.methods)
        if not form.ok or amount_fen is None or self.missing:
            return None
        return Apply.model_validate(
            {
                "product_code": product.code,
                "amount_fen": amount_fen,
                "term_months": int(form.values["term"]),
                "method": form.values["method"],
                "purpose": form.values["purpose"],
                "at_most_fen": self.at_most_fen,
                "consent_ids": [self.given[text.purpose].consent_id for text in self.texts],
            }
        )

    def _read_amount(self) -> int | None:
        amount_fen, product = self.form.money("amount"), self.product
        if amount_fen is None:
            return None
        if amount_fen < product.min_fen:
            self.form.fail("amount", "amount.too_small", min=fen_to_wire(product.min_fen))
        elif amount_fen > self.most_fen:
            code = "amount.too_large" if amount_fen > product.max_fen else "amount.too_large_here"
            self.form.fail("amount", code, max=fen_to_wire(self.most_fen))
        elif amount_fen % product.step_fen:
            self.form.fail("amount", "amount.not_a_step", step=fen_to_wire(product.step_fen))
        return amount_fen

    def _is_right(self, name: str) -> bool:
        return bool(self.form.values[name]) and name not in self.form.errors


async def prefill(applying: ApplicationInProgress) -> None:
    """Fill the questions in with the customer's own offer, where nothing was answered yet. Nothing is saved."""
    values, product = applying.form.values, applying.product
    if not any(values[name] for name in QUESTIONS):
        offer = (await read_overview(visit_of(applying.journey.request))).pre_credit
        values.update(suggested_answers(product, offer, applying.most_fen))


async def resume(request: Request) -> ApplicationInProgress | None:
    """Return the customer's application for the product in the address, with the answers and consents so far.

    None where no application for the product is taken here.
    """
    visit = visit_of(request)
    code = request.path_params["product"]
    product, eligibility = await asyncio.gather(
        visit.core.products.get(code),
        visit.core.applications.eligibility(visit.live_session.customer_id, code),
    )
    screens = application_journey(product)
    if screens is None or not is_taken_here(product, visit.partner.id):
        return None
    texts = await visit.core.consents.texts(product.consents) if product.consents else []
    given = given_for(texts, await visit.core.consents.all(visit.live_session.customer_id))
    entrance = link(request, "product", product=product.code)
    without_consents = screens if texts else screens.skip("consent")
    open_journey = await journey.resume(request, without_consents, entrance, product=product.code)
    form = blank_form(visit, **open_journey.answers)
    unauthorised = await _find_unauthorised(visit) if "authorise" in product.screens else ""
    return ApplicationInProgress(open_journey, product, eligibility, texts, given, form, unauthorised)


async def _find_unauthorised(visit: Visit) -> str:
    known = await visit.core.authorisations.all(visit.live_session.customer_id)
    return next((each.source for each in known if each.state != "given"), "")
