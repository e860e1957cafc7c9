"""A partner's server makes a launch, and its person opens it: the login as usual, then the page that was meant."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from playwright.sync_api import expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from h5app.partner_api import keys
from h5app.partner_api.app import create_app
from h5app.partner_api.settings import PartnerApiSettings
from mock_partners.testing.people.personas import person
from partner_adapters.kit.web.basic_auth import basic
from tests.support.houses.journey import KEY, House
from tests.support.people.way import Way

PREFIX = "http://localhost:8010/partner/v1"


class CityServer:
    """The server of 我的连云港, with a sandbox key of its own."""

    def __init__(self, house: House, portal: BlockingPortal) -> None:
        settings = PartnerApiSettings(
            config=house.world.config,
            database_url=house.database,
            base_url=house.h5app,
            signing_keys=(KEY,),
            partner_api_mode="sandbox",
        )
        self._portal = portal
        self._app = create_app(settings)
        api = self._app.state.partner_api
        key = keys.make("lyg", "sandbox", ["launches:write", "launches:read"], api.clock.wall())
        api.store.write_now(lambda conn: keys.write(conn, key))
        self._basic = basic(key.key_id, key.secret or "")

    def ask(self, method: str, path: str, body: dict[str, str] | None = None) -> dict[str, str]:
        answer: dict[str, str] = self._portal.call(self._ask, method, path, body)
        return answer

    def close(self) -> None:
        self._app.state.partner_api.store.close()

    async def _ask(self, method: str, path: str, body: dict[str, str] | None) -> dict[str, str]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self._app)) as http:
            form, headers = {"grant_type": "client_credentials"}, {"Authorization": self._basic}
            token = (await http.post(f"{PREFIX}/token", data=form, headers=headers)).json()["access_token"]
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid4().hex}
            answer = await http.request(method, PREFIX + path, json=body, headers=headers)
            assert answer.is_success, answer.text
            told: dict[str, str] = answer.json()
            return told


@pytest.fixture
def city(the_house: House) -> Iterator[CityServer]:
    with start_blocking_portal() as portal:
        server = CityServer(the_house, portal)
        yield server
        server.close()


def test_a_launch_leads_its_person_through_the_login_to_its_page_and_no_second_browser(
    the_house: House, city: CityServer, new_context: CreateContextCallback
) -> None:
    launch = city.ask("POST", "/launches", {"entry": "credit", "external_reference": "city-7"})
    way = Way(new_context().new_page(), the_house, person("li_xiuying"))
    way.take_phone()
    way.page.goto(launch["url"])
    way.pass_face()
    way.page.locator("button[value=agree]").wait_for()
    way.tap("同意")
    way.page.wait_for_url(f"{the_house.h5app}/lyg/credit")
    assert city.ask("GET", f"/launches/{launch['id']}")["state"] == "signed_in"
    way.page.goto(launch["url"])
    expect(way.page).to_have_url(f"{the_house.h5app}/lyg/credit")
    other = new_context().new_page()
    refused = other.goto(launch["url"])
    assert refused is not None
    assert refused.status == 400
