"""Whose phone this browser plays: one cookie a host, kept by testers' choice; no secret, it only picks a persona."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from mock_partners.outside.gov_app.party import HostRequest
from mock_partners.outside.gov_app.settings import AnyHost, BridgedService, User
from partner_adapters.kit.pages.security.cookies import set_cookie
from partner_adapters.kit.values.clock import epoch

COOKIE = "phone"
NATIVE = "native"
"""The same again for the bridge's address alone: what an app's own code knows, whichever page its web view shows."""
KEEP_S = 90 * 86_400
Opening = Literal["page", "frame"]


@dataclass(frozen=True)
class Phone:
    """`owner` unlocked it at `since`; `elder` is the app's mode on it; `opening`: how tiles open."""

    owner: User
    since: datetime
    elder: bool
    opening: Opening = "page"


def read_phone(request: Request, host: HostRequest[AnyHost], cookie: str = COOKIE) -> Phone | None:
    """None until somebody picked the phone up."""
    parts = request.cookies.get(cookie, "").split(".")
    user = host.settings.user(parts[0])
    if user is None or len(parts) != 4 or not parts[1].isdecimal() or len(parts[1]) > 11:
        return None
    return Phone(
        user,
        datetime.fromtimestamp(int(parts[1]), UTC),
        parts[2] == "elder",
        "frame" if parts[3] == "frame" else "page",
    )


def remember(
    response: Response, host: HostRequest[AnyHost], user: User, elder: bool, opening: Opening = "page"
) -> None:
    """From now on the phone is this user's."""
    site, framed = urlsplit(host.issuer), opening == "frame"
    value = f"{user.key}.{epoch(host.party.clock.wall())}.{'elder' if elder else 'standard'}.{opening}"
    if isinstance(host.settings, BridgedService):
        path = f"{site.path}/bridge"
        _set_cookie(response, NATIVE, value, path=path, secure=True, framed=True)
    # A service in our frame sends its customer to our login page, where a `lax` cookie would be missing.
    _set_cookie(response, COOKIE, value, path=site.path, secure=site.scheme == "https", framed=framed)


def _set_cookie(response: Response, name: str, value: str, *, path: str, secure: bool, framed: bool) -> None:
    # Not partitioned: the same phone is at hand in the app's own pages and in its frames.
    set_cookie(
        response, name, value, secure=secure, framed=framed, path=path, keep_s=KEEP_S, partitioned=False
    )
