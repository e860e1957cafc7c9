"""`/credit/{product}`: honest requirements, the annual rate, an example, and which consents will be asked for."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from h5app.guard import signed_in
from h5app.overview import current_line, latest_declined, open_application, read_overview
from h5app.page import render
from h5app.visit import visit_of


@signed_in
async def show(request: Request) -> Response:
    visit = visit_of(request)
    product, overview = await asyncio.gather(
        visit.core.products.get(request.path_params["product"]), read_overview(visit)
    )
    return render(
        request,
        "credit/product.html",
        product=product,
        texts=await visit.core.consents.texts(product.consents) if product.consents else [],
        running=open_application(overview, product.code),
        line=current_line(overview, product.code),
        account=overview.account,
        stopped=overview.account_stopped,
        declined=latest_declined(overview),
    )
