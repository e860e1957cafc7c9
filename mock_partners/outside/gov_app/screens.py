"""The pages of a host to which a service redirects its user: login, and face check.

Each dialect defines how the request is read and which parameters go back. The buttons and the choice of the user
are the same for all.
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
from mock_partners.outside.gov_app.dialect_deviations import apply_deviations
from mock_partners.outside.gov_app.expired_rows import delete_expired
from mock_partners.outside.gov_app.pages import page
from mock_partners.outside.gov_app.party import HostRequest, HostT, host_request_of
from mock_partners.outside.gov_app.phone import read_phone, set_phone
from mock_partners.outside.gov_app.settings import AnyHost, App, ServiceHost, User
from partner_adapters.kit.pages.forms import Form

Parameters = dict[str, str]
DISCLOSED_SCOPES = ("profile", "id_document", "phone")


class UnregisteredService(Exception):
    """The service or its return address is not registered, or the request is malformed. We must not redirect there."""


@dataclass(frozen=True)
class ServiceRequest:
    """A valid request of a registered service. `echoed` parameters, such as `state`, are returned unchanged."""

    app: App
    return_url: str
    echoed: Parameters = field(default_factory=dict)


@dataclass(frozen=True)
class Screen(Generic[HostT]):
    """One page of one dialect, with its GET and POST. `deviation_point` names the redirect in `CHANGES_BY_POINT`."""

    host: type[HostT]
    deviation_point: str
    is_face_check: bool
    # Raises `UnregisteredService`.
    read_request: Callable[[HostRequest[HostT], QueryParams], ServiceRequest]
    # Returns the parameters for a user who agreed or passed. The list holds the armed deviations.
    answer_passed: Callable[[Connection, HostRequest[HostT], ServiceRequest, User, list[str]], Parameters]
    # Parameters to return, by the value of the button: `cancel`, and at a face check `fail`.
    failed_answers: Mapping[str, Parameters]
    # The parameters follow a second `?`, even when the return URL has a query.
    second_query: bool = False

    def routes(self, path: str) -> list[Route]:
        """Return the page's GET and POST routes."""
        return [Route(path, self.show), Route(path, self.decide, methods=["POST"])]

    async def show(self, request: Request) -> Response:
        """GET: show the page. At a login of a user who is already logged in to the app, redirect back at once."""
        host = host_request_of(request, self.host)
        try:
            service_request = self.read_request(host, request.query_params)
        except UnregisteredService:
            return page(request, host, "refused.html", 400)
        phone = read_phone(request, host)
        if phone is not None and not self.is_face_check:
            return await self._redirect_back(host, service_request, phone.owner, "pass")
        return page(
            request,
            host,
            "face.html",
            elder=phone is not None and phone.elder,
            form_targets=(service_request.return_url,),
            in_frames_of=service_request.app.app_frames,
            asks=service_request.app.name,
            face=self.is_face_check,
            scope=() if self.is_face_check else DISCLOSED_SCOPES,
            owner=phone.owner if phone else host.settings.users[0],
            users=host.settings.users,
            action=f"{request.url.path.rsplit(f'/{host.key}/', 1)[1]}?{request.url.query}",
        )

    async def decide(self, request: Request) -> Response:
        """POST: redirect back with the outcome that the button chose. The request in the URL is checked again."""
        host = host_request_of(request, self.host)
        try:
            service_request = self.read_request(host, request.query_params)
        except UnregisteredService:
            return page(request, host, "refused.html", 400)
        form = await Form.posted(request)
        user, outcome = host.settings.find_user(form.values["person"]), form.values["outcome"]
        if user is None or outcome not in {"pass", *self.failed_answers}:
            return page(request, host, "refused.html", 400)
        response = await self._redirect_back(host, service_request, user, outcome)
        phone = read_phone(request, host)
        if outcome == "pass" and (phone is None or phone.owner != user):
            set_phone(response, host, user, user.elder)
        return response

    async def _redirect_back(
        self, host: HostRequest[HostT], service_request: ServiceRequest, user: User, outcome: str
    ) -> Response:
        def answer_in_transaction(conn: Connection) -> tuple[Parameters, list[str]]:
            delete_expired(conn, host.party.clock.wall())
            armed = deviations.take_armed(conn, host.key)
            if outcome != "pass":
                return dict(self.failed_answers[outcome]), armed
            return self.answer_passed(conn, host, service_request, user, armed), armed

        parameters, armed = await host.party.store.write(answer_in_transaction)
        answer: dict[str, str] = {**parameters, **service_request.echoed}
        apply_deviations(self.deviation_point, armed, answer)
        return redirect_to(self._return_address(service_request, answer))

    def _return_address(self, service_request: ServiceRequest, answer: Parameters) -> str:
        url = service_request.return_url
        separator = "?" if self.second_query or "?" not in url else "&"
        separator = "#" if service_request.app.return_place == "fragment" else separator
        return f"{url}{separator}{urlencode(answer)}" if answer else url


def redirect_to(location: str) -> Response:
    """Return a redirect that is neither cached nor leaks our URL as the referrer."""
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return RedirectResponse(location, 303, headers)


def read_parameters(
    app_id: str, return_url: str, state: str
) -> Callable[[HostRequest[ServiceHost], QueryParams], ServiceRequest]:
    """Return a reader of requests, given the names of their parameters. `state` is echoed."""

    def read(host: HostRequest[ServiceHost], query: QueryParams) -> ServiceRequest:
        app = find_registered(host.settings.apps, query.get(app_id, ""), query.get(return_url, ""))
        return ServiceRequest(app, query[return_url], {state: query.get(state, "")})

    return read


def answer_with_grant(
    name: str,
    kind: grants.Kind,
    facts: Callable[[datetime], Mapping[str, Any]] = lambda _now: {},
) -> Callable[[Connection, HostRequest[AnyHost], ServiceRequest, User, list[str]], Parameters]:
    """Return a function that issues a code, ticket or number to the service, and returns it under `name`.

    `facts` gives the fields to store with it, from the current time.
    """

    def issue_grant(
        conn: Connection,
        host: HostRequest[AnyHost],
        service_request: ServiceRequest,
        user: User,
        armed: list[str],
    ) -> Parameters:
        grant_facts = facts(host.party.clock.wall())
        return {name: grants.issue(conn, host, kind, service_request.app.app_id, user, armed, grant_facts)}

    return issue_grant


def find_registered(apps: tuple[App, ...], app_id: str, return_url: str) -> App:
    """Return the service with this id and exactly this return address. Raises `UnregisteredService`."""
    for app in apps:
        if app.app_id == app_id and return_url in app.return_urls:
            return app
    raise UnregisteredService
