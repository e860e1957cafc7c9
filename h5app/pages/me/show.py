"""`/me`: the person's own pages."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.guard import signed_in
from h5app.page import render


@signed_in
async def show(request: Request) -> Response:
    return render(request, "me/show.html")
