"""`/me/help`: the bank's phone, complaints, and the ways without a face check or a screen. Open to everyone."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.page import render
from h5app.visit import visit_of


async def show(request: Request) -> Response:
    visit_of(request)
    return render(request, "me/help.html")
