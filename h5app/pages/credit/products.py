"""`/credit`: what may be borrowed here, for whom, at which annual rate, and what it needs. Open before a login."""

from __future__ import annotations

import asyncio
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from h5app.journeys.screens import is_taken_here
from h5app.overview import headline_of, read_overview
from h5app.page import render
from h5app.visit import visit_of


async def show(request: Request) -> Response:
    visit = visit_of(request)
    overview = offer = None
    if visit.session is None:
        products = await visit.core.products.all()
    else:
        products, overview = await asyncio.gather(visit.core.products.all(), read_overview(visit))
        offer = overview.pre_credit if headline_of(overview).name == "offered" else None
    purposes = sorted({purpose for product in products for purpose in product.consents})
    texts = await visit.core.consents.texts(purposes) if purposes else []
    return render(
        request,
        "credit/products.html",
        products=products,
        texts={text.purpose: text for text in texts},
        taken=partial(is_taken_here, partner=visit.partner.id),
        offer=offer,
        overview=overview,
    )
