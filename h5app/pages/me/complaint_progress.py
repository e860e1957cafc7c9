"""`/me/complaints/progress`: how far a guest's complaint is. The address holds number and phone number, sealed."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming import guests
from h5app.page import render
from h5app.visit import visit_of


async def show(request: Request) -> Response:
    case = await visit_of(request).core.cases.find_complaint(guests.named_complaint(request))
    return render(request, "me/complaints/progress.html", case=case)
