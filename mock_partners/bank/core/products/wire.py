"""A product as customers see it: the document's own figures are filled into its texts."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from mock_partners.bank.core.calculation.agreement import offered_due_days
from mock_partners.bank.core.calculation.draw_rules import DrawFee
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.products.annual_rates import annual_rates
from mock_partners.bank.core.products.catalogue import all_taken_by, offered
from mock_partners.bank.core.products.document import ProductDocument
from mock_partners.bank.core.products.examples import example_of
from mock_partners.bank.core.products.filling import fill, page_figures
from mock_partners.bank.core.products.most import most_fen
from partner_adapters.core_bank.products import AnnualRates, Product, ProductList
from partner_adapters.core_bank.products import DrawFee as DrawFeeOnWire
from partner_adapters.kit.web.logs import log

# The figure of the shared part `decision/policies/machine_limit.toml`, in products that have that part.
MACHINE_MAX = "machine_max_fen"


def show_all(conn: Connection, ctx: Context) -> ProductList:
    """Return the products that the bank offers today through the caller's partner.

    One that cannot be shown is left out and logged.
    """
    documents = all_taken_by(conn, ctx.bank_id, ctx.today, ctx.partner)
    lpr_ppm, days = ctx.parameters.lpr_ppm, ctx.parameters.review_working_days
    items: list[Product] = []
    for document in documents:
        try:
            items.append(product_to_wire(document, lpr_ppm, ctx.today, days))
        except Exception:
            # One broken product hides no other.
            log.exception("product.cannot_be_shown", bank_id=ctx.bank_id, subject=document.code)
    return ProductList(items=items)


def show(conn: Connection, ctx: Context, code: str) -> Product:
    """Return one product. Problem 404 `product.unknown`."""
    lpr_ppm, days = ctx.parameters.lpr_ppm, ctx.parameters.review_working_days
    return product_to_wire(offered(conn, ctx.bank_id, code, ctx.today), lpr_ppm, ctx.today, days)


def product_to_wire(document: ProductDocument, lpr_ppm: int, today: date, person_days: int) -> Product:
    """Return the wire model. Its rates are today's, from the lowest grade to the highest."""
    asking, example = document.asking, example_of(document, lpr_ppm)
    figures = page_figures(document)

    def rates(grade_bp: int) -> AnnualRates:
        rate_ppm = document.rate_ppm(lpr_ppm, grade_bp)
        return annual_rates(
            rate_ppm,
            asking.methods,
            example.months,
            today,
            document.loan_rules,
            document.draw_fee,
            example.amount_fen,
        )

    return Product(
        code=document.code,
        name=document.name,
        summary=document.summary,
        version=document.version,
        customers=document.customers,
        guarantee=document.guarantee,
        channels=document.channels,
        screens=document.screens,
        papers=asking.documents,
        rate_from_ppm=document.rate_ppm(lpr_ppm, min(document.price.grades_bp)),
        rate_to_ppm=document.rate_ppm(lpr_ppm, max(document.price.grades_bp)),
        rates_from=rates(min(document.price.grades_bp)),
        rates_to=rates(max(document.price.grades_bp)),
        min_fen=asking.min_fen,
        max_fen=most_fen(document),
        step_fen=asking.step_fen,
        tenors_months=asking.tenors_months,
        methods=asking.methods,
        due_days=offered_due_days(document.loan_rules, today),
        purposes=asking.purposes,
        requirements=[fill(text, figures) for text in asking.requirements],
        consents=asking.consents,
        offer_consents=[
            purpose
            for purpose in asking.consents
            if purpose.removesuffix("_inquiry") in document.limit.offer_sources
        ],
        example=example,
        draw_fee=_fee_to_wire(document.draw_fee),
        machine_max_fen=document.parameters.get(MACHINE_MAX),
        person_days=person_days,
    )


def _fee_to_wire(fee: DrawFee | None) -> DrawFeeOnWire | None:
    return None if fee is None else DrawFeeOnWire(name=fee.name, ppm=fee.ppm, fixed_fen=fee.fixed_fen)
