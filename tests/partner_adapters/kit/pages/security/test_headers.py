"""Every response carries the headers; a page may allow more, and a response may set one itself."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from partner_adapters.kit.pages.security.csp import PagePolicy
from partner_adapters.kit.pages.security.csrf import SameOriginMiddleware
from partner_adapters.kit.pages.security.headers import SecurityHeadersMiddleware

pytestmark = pytest.mark.anyio
BASE = "https://desk.bank.example"


async def plain(_request: Request) -> Response:
    return Response("plain")


async def framed(request: Request) -> Response:
    request.state.page_policy = PagePolicy(frame_ancestors=("https://app.example",), frames=("'self'",))
    return Response("framed", headers={"Cache-Control": "public", "Referrer-Policy": "no-referrer"})


def client() -> httpx.AsyncClient:
    app = Starlette(
        routes=[Route("/plain", plain, methods=["GET", "POST"]), Route("/framed", framed)],
        middleware=[
            Middleware(SecurityHeadersMiddleware, secure=True),
            Middleware(SameOriginMiddleware, origin=BASE),
        ],
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE)


async def test_a_page_that_allows_nothing_more_may_not_be_framed_or_kept() -> None:
    async with client() as http:
        headers = (await http.get("/plain")).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "frame-src" not in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"
    assert headers["strict-transport-security"].startswith("max-age=31536000")


async def test_a_page_may_allow_more_and_set_a_header_itself() -> None:
    async with client() as http:
        headers = (await http.get("/framed")).headers
    assert "frame-ancestors https://app.example" in headers["content-security-policy"]
    assert "frame-src 'self'" in headers["content-security-policy"]
    assert "x-frame-options" not in headers
    assert headers.get_list("cache-control") == ["public"]
    assert headers.get_list("referrer-policy") == ["no-referrer"]


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
async def test_without_sessions_a_form_of_another_origin_is_refused(headers: dict[str, str]) -> None:
    async with client() as http:
        assert (await http.post("/plain", headers=headers)).status_code == 403
        assert (await http.post("/plain", headers={"Origin": BASE})).status_code == 200
        assert (await http.post("/plain")).status_code == 200
