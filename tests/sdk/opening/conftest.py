"""An app's page with `sdk/js` on it and a bank on another origin, in a phone-size browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from h5app.page import render
from partner_adapters.kit.observed.request_id import current_request_id
from tests.support.browsers.app_page import app_page
from tests.support.browsers.modes import PHONE
from tests.support.browsers.openings import AWAY, BRIDGE
from tests.support.houses.site import Site, served


@pytest.fixture(scope="module")
def app() -> Iterator[str]:
    with app_page() as address:
        yield address


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory, app: str) -> Iterator[Site]:
    async def away(_request: Request) -> Response:
        return RedirectResponse(f"{app}/login", 303)

    async def bridge(request: Request) -> Response:
        asked = {
            "action": BRIDGE,
            "fields": {},
            "ticket_field": "ticket",
            "ability": "authTicket",
            "app_id": "",
        }
        absent = dict.fromkeys(("hosts_page", "bridge_script", "bridge_names", "back", "without_face"))
        return render(request, "login/bridge.html", **asked, **absent, reference=current_request_id())

    with served(tmp_path_factory.mktemp("bank"), framed_by=[app]) as site:
        site.app.router.routes[:0] = [Route(AWAY, away), Route(BRIDGE, bridge)]
        yield site


@pytest.fixture(scope="module")
def phone(browser: Any, app: str) -> Iterator[Page]:
    """One page for every test; its clock is the test's."""
    context = browser.new_context(**PHONE)
    page = context.new_page()
    page.clock.install()
    yield page
    context.close()


@pytest.fixture
def page(phone: Page, app: str) -> Iterator[Page]:
    phone.goto(app)
    phone.wait_for_function("() => window.opened")
    yield phone
    phone.unroute_all()
    phone.context.set_offline(False)
    phone.context.clear_cookies()
