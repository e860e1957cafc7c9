"""`/credit/{product}`: honest requirements, the annual rate, an example, and which consents will be asked for."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from h5app.examples import example
from h5app.guard import signed_in
from h5app.page import render
from h5app.pages.home import latest_declined
from h5app.visit import visit_of
from partner_adapters.core_bank.applications import ApplicationState
from partner_adapters.core_bank.customers import Overview

UNDER_WAY = frozenset(
    {
        ApplicationState.SUBMITTED,
        ApplicationState.REFERRED,
        ApplicationState.APPROVED,
        ApplicationState.CONTRACT_READY,
    }
)


@signed_in
async def show(request: Request) -> Response:
    visit = visit_of(request)
    product, overview = await asyncio.gather(
        visit.core.products.get(request.path_params["product"]),
        visit.core.customers.overview(visit.person.customer_id),
    )
    return render(
        request,
        "credit/product.html",
        product=product,
        texts=await visit.core.consents.texts(product.consents) if product.consents else [],
        example=example(product),
        running=_under_way(overview, product.code),
        line=_line(overview, product.code),
        account=overview.account,
        declined=latest_declined(overview),
    )


def _line(overview: Overview, product_code: str) -> str | None:
    for line in overview.lines:
        if line.product_code == product_code and line.state != "ended":
            return line.line_id
    return None


def _under_way(overview: Overview, product_code: str) -> str | None:
    """The id of an application for this product that still has a way to go."""
    for application in overview.applications:
        if application.product_code == product_code and application.state in UNDER_WAY:
            return application.application_id
    return None
