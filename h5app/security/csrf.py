"""Every unsafe request must come from our own page: by what the browser says of its origin, and by the hidden token.

One middleware before every route, so that no page can forget it. Forms are URL-encoded; nothing else is accepted.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from h5app import sessions
from h5app.confirming import drafts
from h5app.forms import MAX_FIELDS
from h5app.security import csrf_token
from h5app.services import Parts
from h5app.visit import Visit
from partner_adapters.kit.durable.crash_points import reached
from partner_adapters.kit.values.problems import Problem

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FORM = "application/x-www-form-urlencoded"
ANSWER_OF_A_HOST = re.compile(r"/[^/]+/callback")
"""Its token is `state`, secret and bound to this browser: the page that sends it may be older than the session."""


class CsrfMiddleware:
    """Raises `Problem` 403 `csrf.origin`, 403 `csrf.token` or 415 `csrf.content_type`.

    Without any session, live or lapsed, there is no token to check and nothing to act for: such a request passes only
    to a page that `signed_in` guards, which sends it to log in.
    """

    def __init__(self, app: ASGIApp, parts: Parts) -> None:
        self.app = app
        self.parts = parts
        self.origin = parts.settings.base_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS:
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        if not self._from_our_page(request):
            raise Problem(403, "csrf.origin")
        body = await request.body()
        reached("post.read", scope["path"])
        visit: Visit | None = scope.get("state", {}).get("visit")
        known = (visit.session or visit.lapsed) if visit else None
        if visit is not None and known is not None:
            if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
                raise Problem(415, "csrf.content_type")
            issued_to = csrf_token.read(visit.signing, _token(request, body))
            if issued_to != known.ref and not ANSWER_OF_A_HOST.fullmatch(scope["path"]):
                answer = await self._stale_form(Request(scope, _replay(body, receive)), visit, issued_to)
                await answer(scope, receive, send)
                return
        await self.app(scope, _replay(body, receive), send)

    async def _stale_form(self, request: Request, visit: Visit, issued_to: str | None) -> Response:
        """Another tab logged in anew since this form was shown: the same person gets it back filled, unsent."""
        session = visit.session
        if session is None or issued_to is None:
            raise Problem(403, "csrf.token")
        if not await sessions.is_of_same_person(self.parts, issued_to, session):
            raise Problem(403, "csrf.token")
        return RedirectResponse(await drafts.keep_form(request, session, "lapsed"), 303)

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
