"""`/me`: the person's own pages."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.rendering import render
from h5app.security.guard import signed_in


@signed_in
async def show(request: Request) -> Response:
    return render(request, "me/show.html")
