"""`/sdk/probe`: what our server says about a partner's frame, for the JavaScript SDK to ask in a hidden frame.

A page that a browser refuses to frame tells the page around it nothing. Any page may frame this one: it holds nothing
but a code and the reference of its own request. Both facts are public, since each page's headers state them.

`doctor=1` also names the origins of the partner's login pages, to which the frame is redirected, and tries the frame.
The first page sets a cookie as our pages do in a frame and posts a form to itself. The second says whether the cookie
came back, and whether the form still had its field.
"""

from __future__ import annotations

from typing import Literal, get_args

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from h5app.services import services_of
from partner_adapters.kit.observed.request_id import current_request_id
from partner_adapters.kit.pages.security.cookies import set_cookie
from partner_adapters.kit.pages.security.csp import PagePolicy
from partner_adapters.kit.pages.static_files import StaticFiles

PATH = "/sdk/probe"
# The query word with which `Sunbridge.doctor` asks for the trial of cookie and form.
DOCTOR = "doctor"
COOKIE, KEPT_FOR_S = "sb-doctor", 60
# What the form sends. A web view that removes bodies loses it.
FIELD, SENT = "word", "sunbridge"
ANYONE = PagePolicy(frame_ancestors=("*",))
# The empty code: our pages answer, and may stand in that page's frame.
Verdict = Literal["", "partner_unknown", "origin_not_allowed"]
CODES = tuple(code for code in get_args(Verdict) if code)
# No value that a caller gives stands in the page.
PAGE = (
    '<!doctype html><title>-</title><main data-event="probe" data-code="{code}" data-reference="{reference}"{tried}>'
    '</main>{form}<script src="{script}" nonce="{nonce}" data-parents="*" data-newest="{newest}"></script>'
)
# A form without an address is posted to that of its page, with the same query.
FORM = f'<form method="post"><input type="hidden" name="{FIELD}" value="{SENT}"></form>'


def probe_routes() -> list[Route]:
    """Return the routes. Query: `partner`, `doctor` and `parent`, the origin of the page that frames us.

    `parent` may have several, parted by spaces: browsers demand that we allow each page around the frame.
    """
    return [
        Route(PATH, _show, methods=["GET"], name="sdk_probe"),
        Route(PATH, _answer, methods=["POST"], name="sdk_probe_answer"),
    ]


async def _show(request: Request) -> Response:
    if request.query_params.get(DOCTOR) != "1":
        return _page(request)
    response = _page(request, form=FORM)
    secure = services_of(request).settings.secure
    set_cookie(response, COOKIE, "1", secure=secure, framed=True, path=PATH, keep_s=KEPT_FOR_S)
    return response


async def _answer(request: Request) -> Response:
    """Say what this request has proven."""
    sent = await request.body()
    cookies, body = request.cookies.get(COOKIE) == "1", sent == f"{FIELD}={SENT}".encode()
    return _page(request, tried=f' data-cookies="{_word(cookies)}" data-body="{_word(body)}"')


def _word(came: bool) -> str:
    return "yes" if came else "no"


def _page(request: Request, *, form: str = "", tried: str = "") -> Response:
    files: StaticFiles = request.app.state.static
    request.state.page_policy = ANYONE
    code, ancestor = _verdict(request)
    facts = f' data-ancestor="{ancestor}"' if ancestor else ""
    if request.query_params.get(DOCTOR) == "1" and (logins := _login_origins(request)):
        facts += f' data-login="{" ".join(logins)}"'
    return HTMLResponse(
        PAGE.format(
            code=code,
            reference=current_request_id(),
            tried=f"{facts}{tried}",
            form=form,
            script=files.url("frame.js"),
            nonce=request.state.csp_nonce,
            newest=request.app.state.newest_sdk,
        )
    )


def _login_origins(request: Request) -> tuple[str, ...]:
    """Return where the partner's login pages are, none where its bridge or its server alone logs customers in."""
    access = services_of(request).partners.get(request.query_params.get("partner", ""))
    return access.page_policy.form_action if access is not None and access.identity.has_login_page else ()


def _verdict(request: Request) -> tuple[Verdict, int]:
    """Return the code, and which of the `parent` it is about."""
    access = services_of(request).partners.get(request.query_params.get("partner", ""))
    if access is None:
        return "partner_unknown", 0
    parents = request.query_params.get("parent", "").split() or [""]
    for index, parent in enumerate(parents):
        if parent not in access.partner.frame_ancestors:
            return "origin_not_allowed", index
    return "", 0
