"""The headers that every response carries, whatever made it."""

from __future__ import annotations

import secrets

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from h5app.security.csp import policy
from h5app.visit import Visit

FIXED = {
    # With `no-referrer` browsers would say `Origin: null` on our own forms.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
GUEST = "guest_origin"
"""Of `request.state`: whose script this page loads beside ours."""
ONE_YEAR = "max-age=31536000; includeSubDomains"


class SecurityHeadersMiddleware:
    """Makes the response's nonce (`request.state.csp_nonce`), sets the headers; `no-store` unless a page said else."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self.app = app
        fixed = FIXED | ({"Strict-Transport-Security": ONE_YEAR} if secure else {})
        self.fixed = Headers(fixed).raw

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        nonce = state["csp_nonce"] = secrets.token_urlsafe(16)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                visit: Visit | None = state.get("visit")
                headers = MutableHeaders(scope=message)
                headers.raw.extend(self.fixed)  # no page says any of them itself
                headers["Content-Security-Policy"] = policy(
                    nonce, visit.partner if visit else None, state.get(GUEST)
                )
                headers.setdefault("Cache-Control", "no-store")
                if visit is None or not visit.partner.frame_ancestors:
                    headers["X-Frame-Options"] = "DENY"
            await send(message)

        await self.app(scope, receive, with_headers)
