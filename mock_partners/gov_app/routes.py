"""Everything this party answers: `<base>/<host>/…`, and one address for testers."""

from __future__ import annotations

from prometheus_client import CollectorRegistry
from starlette.routing import Route

from mock_partners.gov_app import discovery, pages, pushed, shell, sign_in, testers, token, userinfo
from partner_adapters.web.health import health_routes

ROUTES = [
    *health_routes({}, CollectorRegistry()),
    Route("/_deviate", testers.show_deviations),
    Route("/_deviate", testers.deviate, methods=["POST"]),
    # The provider.
    Route("/{host}/.well-known/openid-configuration", discovery.show_metadata),
    Route("/{host}/jwks", discovery.show_keys),
    Route("/{host}/authorize", sign_in.authorize),
    Route("/{host}/authorize", sign_in.decide, methods=["POST"]),
    Route("/{host}/par", pushed.push, methods=["POST"]),
    Route("/{host}/token", token.exchange, methods=["POST"]),
    Route("/{host}/userinfo", userinfo.show_userinfo, methods=["GET", "POST"]),
    # The app around it.
    Route("/{host}/", shell.home),
    Route("/{host}/messages", shell.inbox),
    Route("/{host}/me", shell.me),
    Route("/{host}/me/person", shell.choose_person, methods=["POST"]),
    Route("/{host}/me/display", shell.choose_display, methods=["POST"]),
    Route("/{host}/me/opening", shell.choose_opening, methods=["POST"]),
    Route("/{host}/app.css", pages.show_style),
]
