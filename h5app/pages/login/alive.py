"""`/alive`: whether the session of a page is still open, for a page that comes back from the browser's memory.

The phone may be in other hands by then, so such a page asks before it is legible.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.visit import visit_of


async def show(request: Request) -> Response:
    """`of`: the page's session mark. Answer 204 if that session is open in this browser, else 403."""
    visit = visit_of(request)
    is_same = visit.session is not None and request.query_params.get("of") == visit.session_mark
    return Response(status_code=204 if is_same else 403)
