"""Check that every unsafe request comes from one of our pages, by the browser's headers and a hidden token.

A form that arrives empty was emptied on its way: each of our forms has at least the token. Some web views do that.

One middleware does this before every route, so that no page can omit it. Forms must be URL-encoded, besides at the
addresses that take files.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from partner_adapters.kit.durable.crash_points import reached
from partner_adapters.kit.pages.forms import MAX_FIELDS
from partner_adapters.kit.pages.security import csrf_token
from partner_adapters.kit.pages.security.signing import Signing
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.uploads import MULTIPART, is_multipart

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# The code of a form that arrived empty.
BODY_LOST = "host.body_lost"
FORM = "application/x-www-form-urlencoded"
# A piece of a file, which a script sends with the token in a header.
PIECE = "application/octet-stream"
# The token is the first field of a form with files.
_FIRST_FIELD = re.compile(rb'name="' + csrf_token.FIELD.encode() + rb'"\r\n\r\n([!-~]{1,500})\r\n')
_FIRST_BYTES = 2048
# Bodies with files are held in memory, so only a few are read at a time. The others wait unread.
MOST_FILES_AT_ONCE = 8


class CsrfMiddleware:
    """Raises `Problem` 403 `csrf.origin`, 403 `csrf.token`, 415 `csrf.content_type` or 400 `host.body_lost`.

    `owner_of` returns the reference of the request's session, live or expired. A request without a session has no token
    to check. It must reach only pages that send the customer to log in.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        origin: str,
        signing: Signing,
        owner_of: Callable[[Request], str | None],
        # Answers a form whose token was issued to another session of ours, by that session's reference.
        stale_form: Callable[[Request, str], Awaitable[Response]],
        # Paths whose forms contain another proof, for example the `state` of a login.
        exempt: re.Pattern[str],
        # Whether another site may send this form: the page only redirects to a GET with the same fields.
        from_anywhere: Callable[[Request], bool] = lambda _request: False,
        # Paths that take files.
        takes_files: re.Pattern[str] | None = None,
    ) -> None:
        self.app = app
        self.origin = origin
        self.signing = signing
        self.owner_of = owner_of
        self.stale_form = stale_form
        self.exempt = exempt
        self.from_anywhere = from_anywhere
        self.takes_files = takes_files
        self._reading_files = asyncio.Semaphore(MOST_FILES_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS:
            await self.app(scope, receive, send)
            return
        if self.takes_files is None or not self.takes_files.fullmatch(scope["path"]):
            await self._check(scope, receive, send, (FORM,))
        elif self.owner_of(Request(scope)) is None:
            # It is sent to log in, so nothing of what may be large is read.
            await self.app(scope, receive, send)
        else:
            async with self._reading_files:
                await self._check(scope, receive, send, (FORM, MULTIPART, PIECE))

    async def _check(self, scope: Scope, receive: Receive, send: Send, types: Sequence[str]) -> None:
        request = Request(scope, receive)
        if not is_from_own_page(request, self.origin) and not self.from_anywhere(request):
            raise Problem(403, "csrf.origin")
        body = await request.body()
        reached("post.read", scope["path"])
        owner = self.owner_of(request)
        if owner is not None:
            if is_emptied(request, body) and not self.exempt.fullmatch(scope["path"]):
                raise Problem(400, BODY_LOST)
            if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in types:
                raise Problem(415, "csrf.content_type")
            issued_to = csrf_token.read(self.signing, _token(request, body))
            if issued_to != owner and not self.exempt.fullmatch(scope["path"]):
                if issued_to is None:
                    raise Problem(403, "csrf.token")
                answer = await self.stale_form(Request(scope, _replay(body, receive)), issued_to)
                await answer(scope, receive, send)
                return
        await self.app(scope, _replay(body, receive), send)


class SameOriginMiddleware:
    """Refuses with 403 an unsafe request that a browser sends from another origin, for applications without
    sessions.

    A request with neither `Origin` nor `Sec-Fetch-Site` passes, as programs and very old browsers send it.
    """

    def __init__(self, app: ASGIApp, *, origin: str) -> None:
        self.app = app
        self.origin = origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        unsafe = scope["type"] == "http" and scope["method"] not in SAFE_METHODS
        if unsafe and not is_from_own_page(Request(scope), self.origin):
            await PlainTextResponse("cross-site request refused", 403)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def is_from_own_page(request: Request, origin: str) -> bool:
    """Whether `Origin` and `Sec-Fetch-Site` permit that a page of `origin` sent this request.

    A missing header refuses nothing. Where both are missing, only a token can protect, if the application
    has one.
    """
    stated = request.headers.get("origin")
    if stated is not None and stated != origin:
        return False
    return request.headers.get("sec-fetch-site") in (None, "same-origin")


def is_emptied(request: Request, body: bytes) -> bool:
    """Whether the web view around the page removed the form from a POST. No form of ours is empty."""
    return request.method == "POST" and not body and csrf_token.HEADER not in request.headers


def _token(request: Request, body: bytes) -> str:
    if sent := request.headers.get(csrf_token.HEADER):
        return sent
    if is_multipart(request):
        first = _FIRST_FIELD.search(body[:_FIRST_BYTES])
        return first[1].decode("ascii") if first else ""
    try:
        tokens = parse_qs(body.decode("ascii"), max_num_fields=MAX_FIELDS).get(csrf_token.FIELD, [])
    except ValueError:
        return ""
    return tokens[0] if len(tokens) == 1 else ""


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that delivers the body again, after it was read here."""
    sent = False

    async def again() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
