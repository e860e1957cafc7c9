"""The host's pages in a real browser: without scripts, through real redirects, and on a small screen."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from playwright.sync_api import BrowserContext, Page, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from mock_partners.outside.gov_app.app import create_app
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.values.clock import SystemClock
from partner_adapters.kit.web.calls.http_client import HttpClient
from partner_adapters.kit.web.parties import Parties
from tests.support.houses.gov_app import ACR_FACE, query_of, settings_for

EVERY_RULE: dict[str, Any] = {}
# All that the text size can change.
LOOKS = {"runOnly": ["color-contrast", "target-size"]}
AXE = (Path(__file__).parents[3] / "vendor" / "axe.min.js").read_text("utf-8")
PHONE = {"width": 360, "height": 740}


@contextmanager
def bound_socket() -> Iterator[tuple[socket.socket, int]]:
    """Yield a socket bound to a free port, and the port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        yield listener, listener.getsockname()[1]


@contextmanager
def run_server(app: Any, listener: socket.socket) -> Iterator[None]:
    """Serve `app` on this socket in a thread until the context ends."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def base_urls(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Yield the base URLs of the mock party (127.0.0.1) and of a stub of h5app (localhost): two different sites."""
    h5app_stub = Starlette(routes=[Route("/{partner}/{page}", _show_page_and_query)])
    with ExitStack() as stack:
        app_socket, app_port = stack.enter_context(bound_socket())
        h5app_socket, h5app_port = stack.enter_context(bound_socket())
        base, h5app = f"http://127.0.0.1:{app_port}/main", f"http://localhost:{h5app_port}"
        store, keys = Store(f"sqlite:///{tmp_path}/gov_app.db"), {"keys": [{"kty": "EC"}]}
        stack.callback(store.close)
        messages = HttpClient(httpx.MockTransport(lambda _request: httpx.Response(200, json={"items": []})))
        party = create_app(
            settings_for(base, h5app, keys), store, SystemClock(), Parties(messages, {"messages": "http://m"})
        )

        @asynccontextmanager
        async def lifespan(_app: Starlette) -> AsyncIterator[None]:
            async with party.router.lifespan_context(party):  # Mount does not forward lifespan events
                yield

        mounted = Starlette(routes=[Mount("/main", party)], lifespan=lifespan)
        stack.enter_context(run_server(mounted, app_socket))
        stack.enter_context(run_server(h5app_stub, h5app_socket))
        yield base, h5app


async def _show_page_and_query(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"{request.path_params['page']} {sorted(request.query_params)}")


def face_check_url(base_urls: tuple[str, str]) -> str:
    """Return the URL of a valid authorization request to lyg that requires a face check."""
    query = {
        "response_type": "code",
        "client_id": "sunbridge-lyg",
        "redirect_uri": f"{base_urls[1]}/lyg/callback",
        "scope": "openid profile phone id_document",
        "state": "our-state",
        "code_challenge": "x" * 43,
        "code_challenge_method": "S256",
        "acr_values": ACR_FACE,
    }
    return str(httpx.URL(f"{base_urls[0]}/lyg/authorize", params=query))


@pytest.mark.parametrize(
    ("button", "expected"), [("通过", "code"), ("不通过", "login_failed"), ("取消", "access_denied")]
)
def test_each_button_leads_back_without_script(
    new_context: Callable[..., BrowserContext], base_urls: tuple[str, str], button: str, expected: str
) -> None:
    page = new_context(java_script_enabled=False, viewport=PHONE).new_page()
    page.goto(face_check_url(base_urls))
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_text("callback")).to_be_visible()
    query = query_of(page.url)
    assert (query["state"], query["iss"]) == ("our-state", f"{base_urls[0]}/lyg")
    assert expected in (*query, query.get("error"))


def test_the_tile_opens_our_page_with_the_apps_elder_mode(
    new_context: Callable[..., BrowserContext], base_urls: tuple[str, str]
) -> None:
    page = new_context(java_script_enabled=False, viewport=PHONE).new_page()
    page.goto(f"{base_urls[0]}/lyg/")
    page.get_by_role("button", name="吴桂兰").click()
    page.get_by_role("link", name="企业周转贷").click()
    expect(page.get_by_text("enter ['ui']")).to_be_visible()
    page.goto(f"{base_urls[0]}/lyg/me")
    page.get_by_role("button", name="回到标准模式").click()
    page.get_by_role("link", name="企业周转贷").click()
    expect(page.get_by_text("enter []")).to_be_visible()


@pytest.mark.parametrize("elder", [False, True])
def test_every_page_fits_a_small_phone_and_passes_the_accessibility_rules(
    new_context: Callable[..., BrowserContext], base_urls: tuple[str, str], elder: bool
) -> None:
    page = new_context(viewport=PHONE, bypass_csp=True).new_page()
    base = f"{base_urls[0]}/lyg"
    page.goto(f"{base}/me")
    assert_fits(page)
    page.get_by_role("button", name="吴桂兰" if elder else "李秀英").click()
    for url in (f"{base}/", f"{base}/messages", f"{base}/me", face_check_url(base_urls), f"{base}/authorize"):
        page.goto(url)
        assert_fits(page, LOOKS if elder else EVERY_RULE)


def assert_fits(page: Page, rules: dict[str, Any] = EVERY_RULE) -> None:
    """Assert that the page needs no horizontal scrolling, also at double text size, and breaks no axe rule."""
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], page.url
    page.evaluate(AXE)
    options = {"resultTypes": ["violations"], **rules}
    violations = page.evaluate("options => axe.run(document, options)", options)["violations"]
    assert [(item["id"], item["nodes"][0]["html"]) for item in violations] == [], page.url
    page.evaluate("document.documentElement.style.fontSize = '34px'")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], f"{page.url} at 200 %"
