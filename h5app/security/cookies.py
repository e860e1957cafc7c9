"""Our cookies: host-only, unreadable for scripts, one name a partner, so that two partners in one browser never mix."""

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


def set_cookie(response: Response, settings: H5Settings, name: str, value: str) -> None:
    """Until the browser closes; limits are the server's."""
    response.set_cookie(name, value, path="/", secure=settings.secure, httponly=True, samesite="lax")


def drop_cookie(response: Response, settings: H5Settings, name: str) -> None:
    response.delete_cookie(name, path="/", secure=settings.secure, httponly=True, samesite="lax")


def read_cookie(request: Request, name: str) -> str:
    """Its value, or "" where there is none or it is none of ours."""
    value = request.cookies.get(name, "")
    return value if len(value) <= 64 else ""
