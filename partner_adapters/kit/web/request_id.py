"""Give each request its reference, and return it in a header."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from partner_adapters.kit.observed.request_id import FORM, HEADER, new_reference, under_reference


class RequestIdMiddleware:
    """Gives each request its reference.

    With `trust_incoming` it takes the caller's, between services. At the edge it makes a new one.
    """

    def __init__(self, app: ASGIApp, *, trust_incoming: bool) -> None:
        self.app = app
        self.trust_incoming = trust_incoming

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        reference = (_sent_reference(scope) if self.trust_incoming else "") or new_reference()
        header = (HEADER.encode(), reference.encode())

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], header]
            await send(message)

        with under_reference(reference):
            await self.app(scope, receive, send_with_id)


def _sent_reference(scope: Scope) -> str:
    """Return the caller's reference, or "" where it sent none that looks like one."""
    sent: str = dict(scope["headers"]).get(HEADER.encode(), b"").decode("latin-1")
    return sent if FORM.fullmatch(sent) else ""
