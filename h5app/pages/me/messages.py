"""`/me/messages`: 消息, what waits, what the bank is doing, and what the bank told, for good."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from h5app.guard import signed_in
from h5app.overview import read_overview, tasks_of
from h5app.page import render
from h5app.visit import visit_of


@signed_in
async def show(request: Request) -> Response:
    visit = visit_of(request)
    overview, messages = await asyncio.gather(
        read_overview(visit), visit.core.customer_messages.all(visit.live_session.customer_id)
    )
    return render(request, "me/messages.html", overview=overview, tasks=tasks_of(overview), messages=messages)
