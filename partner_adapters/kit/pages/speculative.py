"""Requests for a page that its reader has not opened: a prefetch, a prerender or a preview.

Chromium and WebKit send `Sec-Purpose`, older browsers `Purpose`, `X-Purpose` or `X-Moz`.
"""

from __future__ import annotations

from starlette.requests import Request

_HEADERS = ("sec-purpose", "purpose", "x-purpose", "x-moz")
_WORDS = ("prefetch", "prerender", "preview")


def is_speculative(request: Request) -> bool:
    """Whether the response may never be read. A page then records nothing as shown."""
    said = " ".join(request.headers.get(name, "") for name in _HEADERS).lower()
    return any(word in said for word in _WORDS)
