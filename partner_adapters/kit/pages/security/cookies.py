"""Cookies that only our host receives and that no script can read.

A page in another site's frame is a third party. Browsers send its cookies only with `SameSite=None`, and store them
only as `Partitioned`. Such a cookie belongs to this frame on that one site (docs/partners/embedding.md).
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

MAX_CHARS = 64


def cookie_name(name: str, *, secure: bool) -> str:
    """Return `__Host-name`, or the plain name over http, which is allowed on loopback alone."""
    return f"__Host-{name}" if secure else name


def set_cookie(
    response: Response,
    name: str,
    value: str,
    *,
    secure: bool,
    framed: bool,
    path: str = "/",
    keep_s: int | None = None,
    partitioned: bool = True,
) -> None:
    """Set a cookie, by default for the whole host and until the browser closes.

    `framed` is for a page in another site's frame. `partitioned=False` also sends the cookie outside that frame.
    `keep_s` is the cookie's lifetime in seconds.
    """
    max_age = "" if keep_s is None else f"Max-Age={keep_s}; "
    attributes = _attributes(secure, framed, path, partitioned)
    response.headers.append("set-cookie", f"{name}={value}; {max_age}{attributes}")


def drop_cookie(response: Response, name: str, *, secure: bool, framed: bool) -> None:
    """Delete a cookie. `framed` must have its earlier value, because browsers store the two kinds separately."""
    gone = f'{name}=""; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; '
    response.headers.append("set-cookie", gone + _attributes(secure, framed, "/", True))


def _attributes(secure: bool, framed: bool, path: str, partitioned: bool) -> str:
    if framed:
        # Browsers accept `SameSite=None` with `Secure` only, and treat http on loopback as secure.
        return f"HttpOnly; Path={path}; SameSite=None; Secure" + ("; Partitioned" if partitioned else "")
    return f"HttpOnly; Path={path}; SameSite=lax" + ("; Secure" if secure else "")


def read_cookie(request: Request, name: str) -> str:
    """Return the cookie's value, or "" if it is missing or longer than any of ours."""
    value = request.cookies.get(name, "")
    return value if len(value) <= MAX_CHARS else ""
