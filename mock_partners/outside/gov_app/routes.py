"""Everything this party answers: `<base>/<host>/…` by the host's dialect, and one address for testers."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.routing import Mount, Route, Router
from starlette.types import Receive, Scope, Send

from mock_partners.outside.gov_app import (
    bridge,
    discovery,
    pushed,
    shell,
    sign_in,
    testers,
    token,
    userinfo,
)
from mock_partners.outside.gov_app.dialects import alipay, hanweb, launch, push, wechat, zlb
from mock_partners.outside.gov_app.party import GovApp

OIDC = [
    Route("/.well-known/openid-configuration", discovery.show_metadata),
    Route("/jwks", discovery.show_keys),
    Route("/authorize", sign_in.authorize),
    Route("/authorize", sign_in.decide, methods=["POST"]),
    Route("/par", pushed.push, methods=["POST"]),
    Route("/token", token.exchange, methods=["POST"]),
    Route("/userinfo", userinfo.show_userinfo, methods=["GET", "POST"]),
    bridge.SCRIPT,
]
SHELL = [
    Route("/", shell.home),
    Route("/messages", shell.inbox),
    Route("/me", shell.me),
    Route("/me/person", shell.choose_person, methods=["POST"]),
    Route("/me/display", shell.choose_display, methods=["POST"]),
    Route("/me/opening", shell.choose_opening, methods=["POST"]),
]
DIALECTS: Mapping[str, Router] = {
    dialect: Router([*routes, *SHELL])
    for dialect, routes in {
        "oidc": OIDC,
        "wechat": [*wechat.ROUTES, bridge.SCRIPT],
        "zlb": [*zlb.ROUTES, *bridge.ROUTES],
        "hanweb": [*hanweb.ROUTES, *bridge.ROUTES],
        "alipay": [*alipay.ROUTES, *bridge.ROUTES],
        "push": push.ROUTES,
        "launch": launch.ROUTES,
    }.items()
}


async def by_dialect(scope: Scope, receive: Receive, send: Send) -> None:
    """The same path means different things at different hosts."""
    party: GovApp = scope["app"].state.gov_app
    host = party.settings.hosts.get(scope["path_params"]["host"])
    if host is None:
        raise HTTPException(404)
    await DIALECTS[host.dialect](scope, receive, send)


ROUTES = [
    Route("/_deviate", testers.show_deviations),
    Route("/_deviate", testers.deviate, methods=["POST"]),
    Mount("/{host}", by_dialect),
]
