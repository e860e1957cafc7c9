"""One reference number a request, the same in every process it touches and on the page a person reads out."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "x-request-id"
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FORM = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}")
_current: ContextVar[str] = ContextVar("request_id", default="")


def new_reference() -> str:
    """`3F7K-21QX`: forty random bits without letters that are misread or misheard."""
    bits = secrets.randbits(40)
    letters = "".join(_ALPHABET[bits >> shift & 31] for shift in range(0, 40, 5))
    return f"{letters[:4]}-{letters[4:]}"


def current_request_id() -> str:
    """The reference of the request being served, or "" outside one."""
    return _current.get()


@contextmanager
def under_reference(reference: str) -> Iterator[None]:
    """What happens inside carries this reference: in its log lines, in its calls, in the work that it posts."""
    token = _current.set(reference)
    try:
        yield
    finally:
        _current.reset(token)


class RequestIdMiddleware:
    """Gives each request its reference.

    `trust_incoming`: take the caller's, from service to service; the edge makes its own.
    """

    def __init__(self, app: ASGIApp, *, trust_incoming: bool) -> None:
        self.app = app
        self.trust_incoming = trust_incoming

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sent = dict(scope["headers"]).get(HEADER.encode(), b"").decode("latin-1")
        reference = sent if self.trust_incoming and _FORM.fullmatch(sent) else new_reference()

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = reference
            await send(message)

        with under_reference(reference):
            await self.app(scope, receive, send_with_id)
