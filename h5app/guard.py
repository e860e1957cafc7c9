"""`signed_in`: a page for people we know. Others log in first and come back to the same page, with what they typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import wraps

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming import drafts, step_up
from h5app.links import here, see_other
from h5app.services import parts_of
from h5app.visit import visit_of

Page = Callable[[Request], Awaitable[Response]]


def signed_in(page: Page) -> Page:
    """Guards `page`; inside, `visit.person` is the live session, and `visit.kept` a form that was interrupted."""

    @wraps(page)
    async def guarded(request: Request) -> Response:
        visit = visit_of(request)
        if visit.session is None:
            return see_other(request, "enter", {"next": await _come_back_to(request)})
        draft_id = request.query_params.get(drafts.QUERY, "")
        if draft_id and request.method == "GET":
            kept = await drafts.read(parts_of(request), visit.session, draft_id)
            request.state.visit = replace(visit, kept=kept and step_up.as_it_stands(request, kept))
        return await page(request)

    guarded.signed_in = True  # type: ignore[attr-defined]
    return guarded


async def _come_back_to(request: Request) -> str:
    """A form of a session that ran out is kept, and not acted upon."""
    visit = visit_of(request)
    if request.method == "GET":
        return here(request)
    if visit.lapsed is None:
        return request.url.path
    return await drafts.keep_form(request, visit.lapsed, "lapsed")
