"""`/sdk/probe`: why a partner's frame may not show us, for `sunbridge.js` to ask in a second frame.

A page that a browser refuses to frame tells the page around it nothing. Any page may frame this one: it holds nothing
but a code and the reference of its own request. Both facts are public, since each page's headers state them.
"""

from __future__ import annotations

from typing import Literal, get_args

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from h5app.services import services_of
from partner_adapters.kit.observed.request_id import current_request_id
from partner_adapters.kit.pages.security.csp import PagePolicy
from partner_adapters.kit.pages.static_files import StaticFiles

ANYONE = PagePolicy(frame_ancestors=("*",))
# The empty code: our pages answer, and may stand in that page's frame.
Verdict = Literal["", "partner_unknown", "origin_not_allowed"]
CODES = tuple(code for code in get_args(Verdict) if code)
# No value that a caller gives stands in the page.
PAGE = (
    '<!doctype html><title>-</title><main data-event="probe" data-code="{code}" data-reference="{reference}"></main>'
    '<script src="{script}" nonce="{nonce}" data-parents="*"></script>'
)


def probe_route() -> Route:
    """Return the route. Query: `partner`, and `parent`, the origin of the page that frames us."""
    return Route("/sdk/probe", _show, name="sdk_probe")


async def _show(request: Request) -> Response:
    files: StaticFiles = request.app.state.static
    request.state.page_policy = ANYONE
    return HTMLResponse(
        PAGE.format(
            code=_verdict(request),
            reference=current_request_id(),
            script=files.url("frame.js"),
            nonce=request.state.csp_nonce,
        )
    )


def _verdict(request: Request) -> Verdict:
    access = services_of(request).partners.get(request.query_params.get("partner", ""))
    if access is None:
        return "partner_unknown"
    parent = request.query_params.get("parent", "")
    return "" if parent in access.partner.frame_ancestors else "origin_not_allowed"
