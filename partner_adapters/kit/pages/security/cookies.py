"""Cookies that only our host gets and no script can read.

In another site's frame we are a third party. Browsers send a cookie there only as `SameSite=None`, and keep it only as
`Partitioned`, which means for this frame under that site alone (docs/partners/embedding.md).
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

    `framed`: for a page in another site's frame; `partitioned=False` also sends it outside that frame.
    """
    kept = "" if keep_s is None else f"Max-Age={keep_s}; "
    attributes = _attributes(secure, framed, path, partitioned)
    response.headers.append("set-cookie", f"{name}={value}; {kept}{attributes}")


def drop_cookie(response: Response, name: str, *, secure: bool, framed: bool) -> None:
    """Delete a cookie. `framed` must be as when it was set, because a browser keeps the two kinds apart."""
    gone = f'{name}=""; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; '
    response.headers.append("set-cookie", gone + _attributes(secure, framed, "/", True))


def _attributes(secure: bool, framed: bool, path: str, partitioned: bool) -> str:
    if framed:
        # Browsers accept `SameSite=None` with `Secure` only, and treat http on loopback as secure.
        return f"HttpOnly; Path={path}; SameSite=None; Secure" + ("; Partitioned" if partitioned else "")
    return f"HttpOnly; Path={path}; SameSite=lax" + ("; Secure" if secure else "")


def read_cookie(request: Request, name: str) -> str:
    """Return the cookie's value, or "" where it is missing or too long to be ours."""
    value = request.cookies.get(name, "")
    return value if len(value) <= MAX_CHARS else ""
