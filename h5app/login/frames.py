"""Frames: whether this browser keeps our cookie in the partner's frame, found out before a login starts there.

Where the browser does not, the page first offers to ask the browser for it (`document.requestStorageAccess`), and then
opens us as a whole page. Found out later, it would waste a face check or a launch.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from h5app.login import bindings
from h5app.page import render
from h5app.visit import visit_of
from partner_adapters.kit.observed.request_id import current_request_id
from partner_adapters.kit.pages.security.secrets import new_secret

# `/enter?embed=frame`: the partner's page says that it opens us in a frame.
MARK, FRAME = "embed", "frame"
TRIED = "tried"  # query parameter of the second request, by which time the cookie must be back
ASKED = "asked"  # query parameter once the customer let us ask the browser for cookies, which is done once


def check_cookie(request: Request) -> Response | None:
    """Return None where the login may start, else the response that tries a cookie or asks for a whole page."""
    visit = visit_of(request)
    if not visit.framed:
        # A browser too old to send `Sec-Fetch-Dest` does not keep cookies of a frame either.
        is_too_old = request.query_params.get(MARK) == FRAME and "sec-fetch-dest" not in request.headers
        return _whole_page(request, may_ask=False) if is_too_old else None
    if bindings.current(request):
        return None
    if TRIED in request.query_params:
        return _whole_page(request, may_ask=ASKED not in request.query_params)
    response = RedirectResponse(_own_address(request, frozenset(), tried="1"), 303)
    bindings.give(request, response, new_secret())
    return response


def _whole_page(request: Request, *, may_ask: bool) -> Response:
    """Return the page with the link to the whole window. `may_ask`: it may first ask the browser for our cookies."""
    visit = visit_of(request)
    if visit.partner.frame_ancestors:
        # Also where the browser does not say that this is a frame: the page must tell the page around it.
        request.state.visit = replace(visit, framed=True)
    return render(
        request,
        "login/whole_page.html",
        400,
        whole=_own_address(request, frozenset({MARK, TRIED, ASKED})),
        again=_own_address(request, frozenset({TRIED}), asked="1") if may_ask else None,
        reference=current_request_id(),
    )


def _own_address(request: Request, dropped: frozenset[str], **added: str) -> str:
    """Return the address of this request without the query parameters `dropped`, and with `added`."""
    query = [(key, value) for key, value in request.query_params.multi_items() if key not in dropped]
    text = urlencode([*query, *added.items()])
    return f"{request.url.path}?{text}" if text else request.url.path
