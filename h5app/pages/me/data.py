"""`/me/data`: what the bank holds about the customer, masked."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming.consents import read_consents
from h5app.guard import signed_in
from h5app.overview import read_overview
from h5app.page import render
from h5app.visit import visit_of


@signed_in
async def show(request: Request) -> Response:
    visit = visit_of(request)
    overview, consents = await asyncio.gather(read_overview(visit), read_consents(visit))
    return render(request, "me/data.html", overview=overview, consents=consents)
