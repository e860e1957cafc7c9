"""`/credit/calculator`: rates, and what a loan would cost. Open to visitors before they log in."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.loan_questions import LOAN_FIELDS, read_loan_question, take_loan_refusal
from h5app.page import render
from h5app.visit import visit_of
from partner_adapters.core_bank.products import Product
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.money import fen_to_wire
from partner_adapters.kit.values.problems import Problem


async def show(request: Request) -> Response:
    """`product`: the product to work out, the first one by default. The other inputs are those of a loan."""
    visit, query = visit_of(request), request.query_params
    products = await visit.core.products.all()
    product = next((each for each in products if each.code == query.get("product")), None)
    if product is None:
        if "product" in query or not products:
            return render(request, "credit/calculator.html", products=products, product=None)
        product = products[0]
    form = Form(_usual(product) | {name: query[name] for name in LOAN_FIELDS if name in query})
    ask = read_loan_question(form, product)
    example = None
    if ask is not None:
        try:
            example = await visit.core.drawdowns.work_out(product.code, ask)
        except Problem as problem:
            take_loan_refusal(form, problem)
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
