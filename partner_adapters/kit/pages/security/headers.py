"""The security headers of every response."""

from __future__ import annotations

import secrets

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from partner_adapters.kit.pages.security.csp import PagePolicy, policy

FIXED = {
    # With `no-referrer` browsers would send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
ONE_YEAR = "max-age=31536000; includeSubDomains"
NOTHING_MORE = PagePolicy()


class SecurityHeadersMiddleware:
    """Makes the response's nonce (`request.state.csp_nonce`) and sets the security headers.

    A route allows its page more than its own origin by setting `request.state.page_policy`. A header that the response
    already has stays unchanged, for example its own `Cache-Control`.
    """

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
                page: PagePolicy = state.get("page_policy", NOTHING_MORE)
                added = [*self.fixed, (b"content-security-policy", policy(nonce, page).encode())]
                if not page.frame_ancestors:
                    added.append((b"x-frame-options", b"DENY"))
                own = {name for name, _value in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(header for header in added if header[0] not in own),
                ]
            await send(message)

        await self.app(scope, receive, with_headers)
