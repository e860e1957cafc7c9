"""`/credit`: what may be borrowed here, each product with its annual rate."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from h5app.guard import signed_in
from h5app.overview import headline_of, read_overview
from h5app.page import render
from h5app.visit import visit_of


@signed_in
async def show(request: Request) -> Response:
    visit = visit_of(request)
    products, overview = await asyncio.gather(visit.core.products.all(), read_overview(visit))
    offer = overview.pre_credit if headline_of(overview).name == "offered" else None
    return render(request, "credit/products.html", products=products, offer=offer, overview=overview)
