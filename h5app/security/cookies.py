"""Our cookies: host-only, unreadable for scripts, one name a partner, so that two partners in one browser never mix.

In a partner's frame we are a third party: there a cookie is sent only as `SameSite=None`, and kept only as
`Partitioned`, that is, for this frame under this partner's page and for nothing else (docs/partners/embedding.md).
"""

from __future__ import annotations

import hashlib
import secrets

from starlette.requests import Request
from starlette.responses import Response

from h5app.settings import H5Settings


def new_secret() -> str:
    """256 random bits, URL-safe."""
    return secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    """How a secret stands in the database: who reads a copy of it cannot use it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def session_cookie(settings: H5Settings, partner: str) -> str:
    """`__Host-sb-lyg`; the plain name only over http, which settings allow on loopback alone."""
    return f"{'__Host-' if settings.secure else ''}sb-{partner}"


def binding_cookie(settings: H5Settings, partner: str) -> str:
    """Ties a login under way to the browser that began it."""
    return f"{session_cookie(settings, partner)}-way"


def set_cookie(response: Response, settings: H5Settings, name: str, value: str, *, framed: bool) -> None:
    """Until the browser closes; limits are the server's. `framed`: for a page in the partner's frame."""
    response.headers.append("set-cookie", f"{name}={value}; {_attributes(settings, framed)}")


def drop_cookie(response: Response, settings: H5Settings, name: str, *, framed: bool) -> None:
    """`framed` as when it was set: a browser keeps the two kinds in jars of their own."""
    gone = f'{name}=""; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; '
    response.headers.append("set-cookie", gone + _attributes(settings, framed))


def _attributes(settings: H5Settings, framed: bool) -> str:
    if framed:
        # Browsers take `SameSite=None` with `Secure` alone, and let http on loopback pass for it.
        return "HttpOnly; Path=/; SameSite=None; Secure; Partitioned"
    return "HttpOnly; Path=/; SameSite=lax" + ("; Secure" if settings.secure else "")


def read_cookie(request: Request, name: str) -> str:
    """Its value, or "" where there is none or it is none of ours."""
    value = request.cookies.get(name, "")
    return value if len(value) <= 64 else ""
