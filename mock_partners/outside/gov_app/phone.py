"""The emulated phone: one cookie for each host says which test user is logged in to the app in this browser.

The tester chooses the user. The cookie is not a secret and protects nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, cast, get_args
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from mock_partners.outside.gov_app.party import HostRequest
from mock_partners.outside.gov_app.settings import AnyHost, BridgedService, User
from partner_adapters.kit.pages.security.cookies import set_cookie
from partner_adapters.kit.values.clock import epoch

COOKIE = "phone"
# A second cookie with the same value, sent to the bridge's path only. It is `SameSite=None`, because pages of services
# call the bridge from other sites.
BRIDGE_COOKIE = "native"
# Seconds that the cookies live.
KEEP_S = 90 * 86_400
Opening = Literal["page", "sheet", "frame"]


@dataclass(frozen=True)
class Phone:
    """The user of the app and when they logged in. `elder` is the app's large-text mode.

    `opening` says whether a tile opens its service as a page, in a sheet or in a frame.
    """

    owner: User
    since: datetime
    elder: bool
    opening: Opening = "page"


def as_opening(text: str) -> Opening:
    """Return the way of opening that the text names, or `page`."""
    return cast(Opening, text) if text in get_args(Opening) else "page"


def read_phone(request: Request, host: HostRequest[AnyHost], cookie: str = COOKIE) -> Phone | None:
    """Return the phone that the cookie describes, or None when no user is chosen or the cookie is malformed."""
    parts = request.cookies.get(cookie, "").split(".")
    user = host.settings.find_user(parts[0])
    if user is None or len(parts) != 4 or not parts[1].isdecimal() or len(parts[1]) > 11:
        return None
    return Phone(
        user,
        datetime.fromtimestamp(int(parts[1]), UTC),
        parts[2] == "elder",
        as_opening(parts[3]),
    )


def set_phone(
    response: Response, host: HostRequest[AnyHost], user: User, elder: bool, opening: Opening = "page"
) -> None:
    """Set the cookies that log this user in to the app, from now on."""
    site, framed = urlsplit(host.issuer), opening != "page"
    value = f"{user.key}.{epoch(host.party.clock.wall())}.{'elder' if elder else 'standard'}.{opening}"
    if isinstance(host.settings, BridgedService):
        path = f"{site.path}/bridge"
        _set_cookie(response, BRIDGE_COOKIE, value, path=path, secure=True, framed=True)
    # A framed service redirects its customer to our login page, where the browser would not send a `lax` cookie.
    _set_cookie(response, COOKIE, value, path=site.path, secure=site.scheme == "https", framed=framed)


def forget_phone(response: Response, host: HostRequest[AnyHost]) -> None:
    """Delete the cookies: no user is logged in to the app on this phone."""
    site = urlsplit(host.issuer)
    for framed in (False, True):
        set_cookie(
            response, COOKIE, "", secure=site.scheme == "https", framed=framed, path=site.path, keep_s=0,
            partitioned=False,
        )  # fmt: skip
    _set_cookie(response, BRIDGE_COOKIE, "", path=f"{site.path}/bridge", secure=True, framed=True, keep_s=0)


def _set_cookie(
    response: Response, name: str, value: str, *, path: str, secure: bool, framed: bool, keep_s: int = KEEP_S
) -> None:
    # Not partitioned: the app's own pages and its frames must read the same cookie.
    set_cookie(
        response, name, value, secure=secure, framed=framed, path=path, keep_s=keep_s, partitioned=False
    )
