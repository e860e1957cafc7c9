"""A host's bridge: the script that brings it into a service's page, and what it hands over there: tickets, face checks.

In life the app around the web view knows who is logged in and whose page asks. Here a cookie of this address alone says
the one, the browser's `Origin` the other; only pages of registered services get anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mock_partners.outside.gov_app import deviations, grants
from mock_partners.outside.gov_app.forgetting import forget
from mock_partners.outside.gov_app.party import host_request_of
from mock_partners.outside.gov_app.phone import NATIVE, read_phone
from mock_partners.outside.gov_app.settings import BridgedHost, BridgedService
from partner_adapters.kit.values.settings import origin_of

_SCRIPTS = Path(__file__).parent / "static" / "bridges"


async def show_script(request: Request) -> Response:
    """What a service's page loads."""
    host = host_request_of(request, BridgedHost)
    text = "".join((_SCRIPTS / f"{name}.js").read_text("utf-8") for name in ("common", host.settings.bridge))
    # The one file of ours that pages of other origins load.
    headers = {"Cache-Control": "no-cache", "Cross-Origin-Resource-Policy": "cross-origin"}
    return Response(text, media_type="text/javascript", headers=headers)


async def give_ticket(request: Request) -> Response:
    """GET[?app_id] → `{"ticket"}`, or a code: as good as the one in the address."""
    return await _give(request, "ticket", "code", lambda _now: {})


def checks_faces(facts: Callable[[datetime], Mapping[str, Any]]) -> Route:
    """GET → `{"number"}` of a check that the phone's owner has just passed. `facts`: kept with it."""

    async def check_face(request: Request) -> Response:
        return await _give(request, "number", "check", facts)

    return Route("/bridge/face", check_face)


async def _give(
    request: Request, name: str, kind: grants.Kind, facts: Callable[[datetime], Mapping[str, Any]]
) -> Response:
    """401: nobody holds the phone; 403: the page is no registered service's."""
    host = host_request_of(request, BridgedService)
    origin, phone = request.headers.get("origin", ""), read_phone(request, host, NATIVE)
    app = next((app for app in host.settings.apps if origin in map(origin_of, app.return_urls)), None)
    # Some bridges are told for whom: a page that names another's service gets nothing.
    if app is None or request.query_params.get("app_id", app.app_id) != app.app_id:
        return Response(status_code=403)
    allowed = {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Cache-Control": "no-store",
        "Vary": "Origin",
    }
    if phone is None:
        return Response(status_code=401, headers=allowed)

    def settle(conn: Connection) -> str:
        forget(conn, host.party.clock.wall())
        armed = deviations.take(conn, host.key)
        return grants.give(conn, host, kind, app.app_id, phone.owner, armed, facts(host.party.clock.wall()))

    return JSONResponse({name: await host.party.store.write(settle)}, headers=allowed)


SCRIPT = Route("/bridge/script.js", show_script)
ROUTES = [SCRIPT, Route("/bridge/ticket", give_ticket)]
