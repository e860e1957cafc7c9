"""A host's page that a service sends its person to, in the way of any dialect: log in, or stand before the camera.

A dialect says how the request is read and what goes back; who holds the phone and which button counts is host.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from mock_partners.outside.gov_app import deviations, grants
from mock_partners.outside.gov_app.dialect_deviations import apply_at
from mock_partners.outside.gov_app.forgetting import forget
from mock_partners.outside.gov_app.pages import page
from mock_partners.outside.gov_app.party import HostRequest, HostT, host_request_of
from mock_partners.outside.gov_app.phone import read_phone, remember
from mock_partners.outside.gov_app.settings import AnyHost, App, ServiceHost, User
from partner_adapters.kit.pages.forms import Form

Parameters = dict[str, str]
TOLD = ("profile", "id_document", "phone")


class NotRegistered(Exception):
    """Service or address is not registered, or the request is none: nothing may be sent back there."""


@dataclass(frozen=True)
class Asked:
    """A request that may go on to the person. `kept`: what returns as it came, such as `state`."""

    app: App
    return_url: str
    kept: Parameters = field(default_factory=dict)


@dataclass(frozen=True)
class Screen(Generic[HostT]):
    """`point`: the name under which its answers are made to deviate."""

    host: type[HostT]
    point: str
    face: bool
    read: Callable[[HostRequest[HostT], QueryParams], Asked]
    """Raises `NotRegistered`."""
    passed: Callable[[Connection, HostRequest[HostT], Asked, User, list[str]], Parameters]
    failed: Mapping[str, Parameters]
    """What goes back by the button: `cancel`, and with a face check `fail`."""
    second_query: bool = False

    def routes(self, path: str) -> list[Route]:
        return [Route(path, self.show), Route(path, self.decide, methods=["POST"])]

    async def show(self, request: Request) -> Response:
        """GET: straight back when the phone's owner is known and no check is asked for, else the screen."""
        host = host_request_of(request, self.host)
        try:
            asked = self.read(host, request.query_params)
        except NotRegistered:
            return page(request, host, "refused.html", 400)
        phone = read_phone(request, host)
        if phone is not None and not self.face:
            return await self._back(host, asked, phone.owner, "pass")
        return page(
            request,
            host,
            "face.html",
            elder=phone is not None and phone.elder,
            form_targets=(asked.return_url,),
            in_our_frame=True,
            asks=asked.app.name,
            face=self.face,
            scope=() if self.face else TOLD,
            owner=phone.owner if phone else host.settings.users[0],
            users=host.settings.users,
            action=f"{request.url.path.rsplit(f'/{host.key}/', 1)[1]}?{request.url.query}",
        )

    async def decide(self, request: Request) -> Response:
        """POST: the button; the request in the URL is checked again."""
        host = host_request_of(request, self.host)
        try:
            asked = self.read(host, request.query_params)
        except NotRegistered:
            return page(request, host, "refused.html", 400)
        form = await Form.posted(request)
        user, outcome = host.settings.user(form.values["person"]), form.values["outcome"]
        if user is None or outcome not in {"pass", *self.failed}:
            return page(request, host, "refused.html", 400)
        response = await self._back(host, asked, user, outcome)
        phone = read_phone(request, host)
        if outcome == "pass" and (phone is None or phone.owner != user):
            remember(response, host, user, user.elder)
        return response

    async def _back(self, host: HostRequest[HostT], asked: Asked, user: User, outcome: str) -> Response:
        def settle(conn: Connection) -> tuple[Parameters, list[str]]:
            forget(conn, host.party.clock.wall())
            armed = deviations.take(conn, host.key)
            if outcome != "pass":
                return dict(self.failed[outcome]), armed
            return self.passed(conn, host, asked, user, armed), armed

        parameters, armed = await host.party.store.write(settle)
        answer: dict[str, str] = {**parameters, **asked.kept}
        apply_at(self.point, armed, answer)
        return away(self._address(asked, answer))

    def _address(self, asked: Asked, answer: Parameters) -> str:
        url = asked.return_url
        joint = "?" if self.second_query or "?" not in url else "&"
        joint = "#" if asked.app.return_place == "fragment" else joint
        return f"{url}{joint}{urlencode(answer)}" if answer else url


def away(location: str) -> Response:
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return RedirectResponse(location, 303, headers)


def reading(
    app_id: str, return_url: str, state: str
) -> Callable[[HostRequest[ServiceHost], QueryParams], Asked]:
    """Reads a request by the names of its parameters; `state` returns as it came."""

    def read(host: HostRequest[ServiceHost], query: QueryParams) -> Asked:
        app = registered(host.settings.apps, query.get(app_id, ""), query.get(return_url, ""))
        return Asked(app, query[return_url], {state: query.get(state, "")})

    return read


def giving(
    name: str,
    kind: grants.Kind,
    facts: Callable[[datetime], Mapping[str, Any]] = lambda _now: {},
) -> Callable[[Connection, HostRequest[AnyHost], Asked, User, list[str]], Parameters]:
    """Sends the person back with a new code or number under this name, for the service that asked.

    `facts`: kept with it.
    """

    def give(
        conn: Connection, host: HostRequest[AnyHost], asked: Asked, user: User, armed: list[str]
    ) -> Parameters:
        known = facts(host.party.clock.wall())
        return {name: grants.give(conn, host, kind, asked.app.app_id, user, armed, known)}

    return give


def registered(apps: tuple[App, ...], app_id: str, return_url: str) -> App:
    """Exact comparison, as everywhere. Raises `NotRegistered`."""
    for app in apps:
        if app.app_id == app_id and return_url in app.return_urls:
            return app
    raise NotRegistered
