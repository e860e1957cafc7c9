"""The partner API answers as its description says, whatever it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from starlette.types import ASGIApp, Receive, Scope, Send

from h5app.partner_api.app import description
from h5app.partner_api.endpoint import Endpoint
from h5app.partner_api.routes import ENDPOINTS
from partner_adapters.core_bank.events import Event, EventList, Status
from partner_adapters.core_bank.statuses import StatusList
from partner_adapters.kit.web.basic_auth import basic
from tests.support.houses.partner_api import PartnerApiHouse, PartnerServer, partner_api
from tests.support.houses.site import NOW

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    ignored_auth,
    unsupported_method,
]
# Its parameters stand in a form, and it takes no token: wrong data may arrive right, and nothing is to be ignored.
NOT_FOR: dict[str, tuple[Any, ...]] = {
    "/partner/v1/token": (negative_data_rejection, ignored_auth),
    "/partner/v1/openapi.json": (negative_data_rejection, ignored_auth),
}
# The limits of a key count by protocol time.
ONE_MINUTE = timedelta(minutes=1)
STATUS = Status(object="order", id="3F7K-21", state="succeeded", sequence=2, changed_at=NOW)
EVENT = Event(id="evt_1", position=7, type="order.succeeded", occurred_at=NOW, status=STATUS)


@dataclass(frozen=True)
class Served:
    """A running partner API with a key, whose ids may stand in paths."""

    house: PartnerApiHouse
    server: PartnerServer
    schema: Any
    ids: dict[str, str]
    portal: BlockingPortal

    def headers(self, endpoint: Endpoint) -> dict[str, str]:
        if endpoint.plain is not None:
            return {"Authorization": basic(self.server.key_id, self.server.secret or "")}
        return {"Authorization": f"Bearer {self.server.token}"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with start_blocking_portal() as portal:
        made = partner_api(tmp_path_factory.mktemp("partner-api"))
        with portal.wrap_async_context_manager(made) as house:
            house.core.says("GET", "/statuses", StatusList(items=[STATUS], next=None))
            house.core.says("GET", "/events", EventList(items=[EVENT], last=7))
            for of in ("order", "loan", "line", "contract", "application", "account"):
                house.core.says("GET", f"/statuses/{of}/known", STATUS)
            house.core.says("GET", "/events/known", EVENT)
            server = house.make_key()
            launch = portal.call(server.ask, "POST", "/launches", {"entry": "home"}).json()
            schema = schemathesis.openapi.from_dict(description())
            schema.app = _kept_open(house.app)
            # Another key, because one that rotates itself would end.
            ids = {"key_id": house.make_key().key_id, "launch_id": launch["id"], "request_id": launch["id"]}
            yield Served(house, server, schema, ids, portal)


def _kept_open(app: ASGIApp) -> ASGIApp:
    """The application without its lifespan, which schemathesis would end, and with it the database, after a call."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            while (message := await receive())["type"] != "lifespan.shutdown":
                await send({"type": f"{message['type']}.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        await app(scope, receive, send)

    return serve


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda row: f"{row.method} {row.path}")
@settings(
    max_examples=settings().max_examples // 6, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(data=st.data())
def test_the_partner_api_answers_as_described_whatever_comes(
    served: Served, endpoint: Endpoint, data: st.DataObject
) -> None:
    operation = served.schema[endpoint.full_path][endpoint.method]
    mode = data.draw(st.sampled_from(list(GenerationMode)))
    case = data.draw(operation.as_strategy(generation_mode=mode))
    if mode is GenerationMode.POSITIVE and data.draw(st.sampled_from([True, True, False])):
        case.path_parameters = {name: served.ids.get(name, "known") for name in case.path_parameters}
    served.house.clock.advance(ONE_MINUTE)
    if endpoint.plain is None:
        served.portal.call(served.server.log_in)
    response = case.call(headers=served.headers(endpoint))
    case.validate_response(
        response, checks=[check for check in CHECKS if check not in NOT_FOR.get(endpoint.full_path, ())]
    )
