"""The routes of this party: `<base>/<host>/…` by the host's dialect, and `<base>/_deviate` for testers."""

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
    sign_out,
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
    Route("/par", pushed.accept_request, methods=["POST"]),
    Route("/token", token.exchange, methods=["POST"]),
    Route("/userinfo", userinfo.show_userinfo, methods=["GET", "POST"]),
    bridge.SCRIPT,
]
SHELL = [
    Route("/", shell.show_home),
    Route("/messages", shell.show_inbox),
    Route("/me", shell.show_me),
    Route("/me/person", shell.choose_person, methods=["POST"]),
    Route("/me/display", shell.choose_display, methods=["POST"]),
    Route("/me/opening", shell.choose_opening, methods=["POST"]),
    Route("/me/sign-out", sign_out.sign_out, methods=["POST"]),
]
DIALECTS: Mapping[str, Router] = {
    dialect: Router([*routes, *SHELL], redirect_slashes=False)
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


async def route_by_dialect(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve a request with the routes of its host's dialect. The same path can differ between dialects."""
    party: GovApp = scope["app"].state.gov_app
    host = party.settings.hosts.get(scope["path_params"]["host"])
    if host is None:
        raise HTTPException(404)
    await DIALECTS[host.dialect](scope, receive, send)


ROUTES = [
    Route("/_deviate", testers.show_deviations),
    Route("/_deviate", testers.arm_deviations, methods=["POST"]),
    Mount("/{host}", route_by_dialect),
]
