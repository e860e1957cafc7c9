"""What each product would offer a customer before an application, decided by the engine in the scene `offer`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from mock_partners.bank.core.credit.explaining import bounds_to_wire, reason_to_wire, would_approve_to_wire
from mock_partners.bank.core.decision.engine import DOUBT, Verdict, decide
from mock_partners.bank.core.decision.facts import SourceStatement
from mock_partners.bank.core.decision.limit import LimitFound
from mock_partners.bank.core.decision.single_change import find_single_change
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.products.annual_rates import annual_rates
from mock_partners.bank.core.products.document import ProductDocument
from partner_adapters.core_bank.pre_credit import ProductOffer
from partner_adapters.core_bank.products import AnnualRates
from partner_adapters.data.connectors import CONNECTORS

# The figure of a product above which the machine decides nothing alone.
MACHINE_MAX = "machine_max_fen"


def offer_of_product(
    ctx: Context, document: ProductDocument, statements: Sequence[SourceStatement], silent: Collection[str]
) -> ProductOffer:
    """Return what the product would offer. `silent`: the sources that are stopped, or were asked without an answer.

    A product without offer sources is decided by an application only: `not_asked`, and no check needs anything.
    """
    if not document.limit.offer_sources:
        return ProductOffer(product_code=document.code, name=document.name, state="not_asked")
    lpr_ppm = ctx.parameters.lpr_ppm
    verdict = decide(document, statements, ctx.today, lpr_ppm, "offer")
    missing = set(document.limit.offer_sources) - {each.source for each in statements}
    unheard = [source for source in document.limit.offer_sources if source in missing & {*silent}]
    unasked = [source for source in document.limit.offer_sources if source in missing - {*silent}]
    reasons = [
        reason_to_wire(reason.model_dump(), document)
        for reason in verdict.reasons
        if not (reason.code == DOUBT and reason.source in {*missing, "application"})
    ]
    about = ProductOffer(
        product_code=document.code,
        name=document.name,
        state="not_asked",
        reasons=reasons,
        purposes=[CONNECTORS[source].purpose for source in document.limit.offer_sources],
        needs=[CONNECTORS[source].purpose for source in unasked],
        silent=unheard,
    )
    if verdict.limit_fen is not None and verdict.rate_ppm is not None:
        return about.model_copy(
            update=_terms(ctx, document, statements, verdict.limit_fen, verdict.rate_ppm, verdict)
        )
    if verdict.outcome == "declined":
        change = find_single_change(document, statements, ctx.today, lpr_ppm, verdict, "offer")
        single = None if change is None else would_approve_to_wire(change.document)
        return about.model_copy(update={"state": "declined", "would_approve": single})
    if reasons:
        return about.model_copy(update={"state": "referred"})
    return about.model_copy(update={"state": "unavailable"}) if unheard else about


def still_true(offer: ProductOffer, withdrawn: Collection[str], today: date) -> ProductOffer:
    """Return the offer, or without its results if a consent that it rests on was withdrawn or its data are too old."""
    gone = [purpose for purpose in offer.purposes if purpose in withdrawn]
    is_old = offer.valid_until is not None and offer.valid_until < today
    if not gone and not is_old:
        return offer
    needs = list(offer.purposes) if is_old else sorted({*gone, *offer.needs})
    return not_asked(offer, needs)


def not_asked(offer: ProductOffer, needs: Sequence[str] | None = None) -> ProductOffer:
    """Return the offer without its results. `needs`: what has to be checked, by default everything it rests on."""
    return ProductOffer(
        product_code=offer.product_code,
        name=offer.name,
        state="not_asked",
        purposes=offer.purposes,
        needs=list(offer.purposes if needs is None else needs),
    )


def has_line(document: ProductDocument) -> ProductOffer:
    """Return that the customer has a line of the product: a second one is not offered."""
    return ProductOffer(product_code=document.code, name=document.name, state="has_line")


def rates_of_sample(document: ProductDocument, rate_ppm: int, today: date) -> AnnualRates:
    """Return what the rate costs a year, by the sample loan of the product's cost table."""
    costs, methods = document.costs, document.asking.methods
    return annual_rates(
        rate_ppm,
        methods,
        costs.sample_months,
        today,
        document.loan_rules,
        document.draw_fee,
        costs.sample_amount_fen,
    )


def _terms(
    ctx: Context,
    document: ProductDocument,
    statements: Sequence[SourceStatement],
    limit_fen: int,
    rate_ppm: int,
    verdict: Verdict,
) -> dict[str, object]:
    machine_max_fen = document.parameters.get(MACHINE_MAX)
    return {
        "state": "offered",
        "limit_fen": limit_fen,
        "rate_ppm": rate_ppm,
        "rates": rates_of_sample(document, rate_ppm, ctx.today),
        "bounds": bounds_to_wire(verdict.found.trace, document),
        "debt_fen": verdict.found.debt_fen,
        "up_to_fen": _up_to(document, verdict.found),
        "person_above_fen": machine_max_fen
        if machine_max_fen is not None and machine_max_fen < limit_fen
        else None,
        "valid_until": _valid_until(document, statements),
    }


def _up_to(document: ProductDocument, found: LimitFound) -> int | None:
    """Return the limit if the bound that binds were none, or None if nothing else bounds it."""
    others = [bound.leaves_fen for bound in found.bounds if bound.code != found.binding]
    floor_fen = document.limit.floor_fen
    return min(others) // floor_fen * floor_fen if others else None


def _valid_until(document: ProductDocument, statements: Sequence[SourceStatement]) -> date:
    """Return the last day on which no statement that the offer rests on is too old."""
    by_source = {each.source: each.as_of for each in statements}
    return min(
        by_source[source] + timedelta(days=document.sources[source].max_age_days)
        for source in document.limit.offer_sources
    )
