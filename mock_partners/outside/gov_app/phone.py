"""Whose phone this browser plays: one cookie a host, kept by testers' choice; no secret, it only picks a persona."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from mock_partners.outside.gov_app.party import Stage
from mock_partners.outside.gov_app.settings import AnyHost, BridgedService, User
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


def read_phone(request: Request, here: Stage[AnyHost], cookie: str = COOKIE) -> Phone | None:
    """None until somebody picked the phone up."""
    parts = request.cookies.get(cookie, "").split(".")
    user = here.host.user(parts[0])
    if user is None or len(parts) != 4 or not parts[1].isdecimal() or len(parts[1]) > 11:
        return None
    return Phone(
        user,
        datetime.fromtimestamp(int(parts[1]), UTC),
        parts[2] == "elder",
        "frame" if parts[3] == "frame" else "page",
    )


def remember(
    response: Response, here: Stage[AnyHost], user: User, elder: bool, opening: Opening = "page"
) -> None:
    """From now on the phone is this user's."""
    site, framed = urlsplit(here.issuer), opening == "frame"
    value = f"{user.key}.{epoch(here.party.clock.wall())}.{'elder' if elder else 'standard'}.{opening}"
    if isinstance(here.host, BridgedService):
        path = f"{site.path}/bridge"
        response.set_cookie(NATIVE, value, KEEP_S, path=path, secure=True, httponly=True, samesite="none")
    response.set_cookie(
        COOKIE,
        value,
        max_age=KEEP_S,
        path=site.path,
        # A service in our frame sends its person to our login page: with `lax` we would not know them there.
        secure=framed or site.scheme == "https",
        httponly=True,
        samesite="none" if framed else "lax",
    )
