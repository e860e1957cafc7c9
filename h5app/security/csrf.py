"""Every unsafe request must come from our own page: by what the browser says of its origin, and by the hidden token.

One middleware before every route, so that no page can forget it. Forms are URL-encoded; nothing else is accepted.
"""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from h5app.security import csrf_token
from h5app.visit import Visit
from partner_adapters.terms.problems import Problem

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FORM = "application/x-www-form-urlencoded"
MAX_FIELDS = 200


class CsrfMiddleware:
    """Raises `Problem` 403 `csrf.origin`, 403 `csrf.token` or 415 `csrf.content_type`.

    Without any session, live or lapsed, there is no token to check and nothing to act for: such a request passes only
    to a page that `signed_in` guards, which sends it to log in.
    """

    def __init__(self, app: ASGIApp, origin: str) -> None:
        self.app = app
        self.origin = origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS:
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        if not self._from_our_page(request):
            raise Problem(403, "csrf.origin")
        body = await request.body()
        visit: Visit | None = scope.get("state", {}).get("visit")
        known = (visit.session or visit.lapsed) if visit else None
        if visit is not None and known is not None:
            if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
                raise Problem(415, "csrf.content_type")
            if not csrf_token.fits(visit.signing, known.ref, _token(request, body)):
                raise Problem(403, "csrf.token")
        await self.app(scope, _replay(body, receive), send)

    def _from_our_page(self, request: Request) -> bool:
        stated = request.headers.get("origin")
        if stated is not None and stated != self.origin:
            return False
        site = request.headers.get("sec-fetch-site")
        # Browsers older than these headers send neither, or Origin alone: there the token decides.
        return site in (None, "same-origin")


def _token(request: Request, body: bytes) -> str:
    if sent := request.headers.get(csrf_token.HEADER):
        return sent
    try:
        found = parse_qs(body.decode("ascii"), max_num_fields=MAX_FIELDS).get(csrf_token.FIELD, [])
    except ValueError:
        return ""
    return found[0] if len(found) == 1 else ""


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def again() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
