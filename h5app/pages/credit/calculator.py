"""`/credit/calculator`: rates, and what a loan would cost. Open to visitors before they log in."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.page import render
from h5app.visit import visit_of
from partner_adapters.core_bank.drawdowns import AskDraw
from partner_adapters.core_bank.products import Product
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.money import fen_to_wire
from partner_adapters.kit.values.problems import Problem

FIELDS = ("amount", "term", "method")
REFUSALS = {
    "amount": "amount",
    "term_months": "term",
    "term.not_offered": "term",
    "method": "method",
    "method.not_offered": "method",
}


async def show(request: Request) -> Response:
    """`product`: the product to work out, the first one by default. `amount`, `term`, `method`: what to work out."""
    visit, query = visit_of(request), request.query_params
    products = await visit.core.products.all()
    product = next((each for each in products if each.code == query.get("product")), None)
    if product is None:
        if "product" in query or not products:
            return render(request, "credit/calculator.html", products=products, product=None)
        product = products[0]
    form = Form(_usual(product) | {name: query[name] for name in FIELDS if name in query})
    ask = _read(form, product)
    example = None
    if ask is not None:
        try:
            example = await visit.core.drawdowns.work_out(product.code, ask)
        except Problem as problem:
            form.take(problem, REFUSALS)
    status = 200 if form.ok else 422
    return render(
        request,
        "credit/calculator.html",
        status,
        products=products,
        product=product,
        form=form,
        example=example,
    )


def _usual(product: Product) -> dict[str, str]:
    """Return the question of the product's own example."""
    usual = product.example
    return {
        "amount": fen_to_wire(usual.amount_fen).removesuffix(".00"),
        "term": str(usual.months),
        "method": product.methods[0],
    }


def _read(form: Form, product: Product) -> AskDraw | None:
    amount_fen = form.money("amount")
    term = form.choice("term", [str(months) for months in product.tenors_months])
    method = form.choice("method", product.methods)
    if not form.ok:
        return None
    return AskDraw.model_validate({"amount_fen": amount_fen, "term_months": int(term), "method": method})
