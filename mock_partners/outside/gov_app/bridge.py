"""The bridge of a host: a script for service pages, and the endpoints where it gets tickets and face-check numbers.

A real app knows natively which user is logged in and which page is calling. Here a cookie for the bridge's path
names the user, and the browser's `Origin` header names the page. Only pages of registered services get a response.
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
from mock_partners.outside.gov_app.expired_rows import delete_expired
from mock_partners.outside.gov_app.party import host_request_of
from mock_partners.outside.gov_app.phone import BRIDGE_COOKIE, read_phone
from mock_partners.outside.gov_app.settings import BridgedHost, BridgedService
from partner_adapters.kit.values.settings import origin_of

_SCRIPTS = Path(__file__).parent / "static" / "bridges"


async def show_script(request: Request) -> Response:
    """GET: return the bridge's JavaScript, which is `common.js` and the file of this host's kind of bridge."""
    host = host_request_of(request, BridgedHost)
    text = "".join((_SCRIPTS / f"{name}.js").read_text("utf-8") for name in ("common", host.settings.bridge))
    # Service pages are of other origins; this is the only file of ours that they may load.
    headers = {"Cache-Control": "no-cache", "Cross-Origin-Resource-Policy": "cross-origin"}
    return Response(text, media_type="text/javascript", headers=headers)


async def issue_ticket(request: Request) -> Response:
    """GET[?app_id]: return `{"ticket": …}`. The service redeems it exactly like the code or ticket of a redirect."""
    return await _issue_to_page(request, "ticket", "code", lambda _now: {})


def face_check_route(facts: Callable[[datetime], Mapping[str, Any]]) -> Route:
    """Return the route `GET /bridge/face`, which answers `{"number": …}` of a face check that the user just passed.

    `facts` gives the fields to store with the check, from the current time.
    """

    async def check_face(request: Request) -> Response:
        return await _issue_to_page(request, "number", "check", facts)

    return Route("/bridge/face", check_face)


async def _issue_to_page(
    request: Request, field: str, kind: grants.Kind, facts: Callable[[datetime], Mapping[str, Any]]
) -> Response:
    """Return `{field: secret}` of a new grant. Status 401 without a logged-in user, 403 for an unregistered page."""
    host = host_request_of(request, BridgedService)
    origin, phone = request.headers.get("origin", ""), read_phone(request, host, BRIDGE_COOKIE)
    app = next((app for app in host.settings.apps if origin in map(origin_of, app.return_urls)), None)
    # Some bridges pass the service's id: a page must not get a ticket for another service.
    if app is None or request.query_params.get("app_id", app.app_id) != app.app_id:
        return Response(status_code=403)
    headers = {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Cache-Control": "no-store",
        "Vary": "Origin",
    }
    if phone is None:
        return Response(status_code=401, headers=headers)

    def answer_in_transaction(conn: Connection) -> str:
        delete_expired(conn, host.party.clock.wall())
        armed = deviations.take_armed(conn, host.key)
        return grants.issue(conn, host, kind, app.app_id, phone.owner, armed, facts(host.party.clock.wall()))

    return JSONResponse({field: await host.party.store.write(answer_in_transaction)}, headers=headers)


SCRIPT = Route("/bridge/script.js", show_script)
ROUTES = [SCRIPT, Route("/bridge/ticket", issue_ticket)]
