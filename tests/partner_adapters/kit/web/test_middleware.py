import json
import re

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from partner_adapters.kit.observed.request_id import current_request_id
from partner_adapters.kit.values.problems import Problem, invalid
from partner_adapters.kit.web.application import service
from partner_adapters.kit.web.errors import PROBLEM_HANDLERS
from partner_adapters.kit.web.limits import BodyLimitMiddleware
from partner_adapters.kit.web.log_records import keep_allowed
from partner_adapters.kit.web.request_id import RequestIdMiddleware


async def echo(request: Request) -> JSONResponse:
    await request.body()
    return JSONResponse({"id": current_request_id()})


async def refuse(_request: Request) -> JSONResponse:
    raise invalid("amount", "amount.too_large", max="5000.00")


async def break_(_request: Request) -> JSONResponse:
    raise RuntimeError("3207 secret")


def client(*, trust: bool = True) -> httpx.AsyncClient:
    app = Starlette(
        routes=[
            Route("/echo", echo, methods=["GET", "POST"]),
            Route("/refuse", refuse),
            Route("/break", break_),
        ],
        middleware=[
            Middleware(RequestIdMiddleware, trust_incoming=trust),
            Middleware(BodyLimitMiddleware, max_bytes=100),
        ],
        exception_handlers=PROBLEM_HANDLERS,
    )
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://t")


@pytest.mark.anyio
async def test_a_trusted_callers_reference_is_kept_and_an_odd_one_is_not() -> None:
    async with client() as http:
        kept = await http.get("/echo", headers={"x-request-id": "3F7K-21QX"})
        odd = await http.get("/echo", headers={"x-request-id": "<script>"})
    assert kept.json()["id"] == kept.headers["x-request-id"] == "3F7K-21QX"
    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}", odd.json()["id"])


@pytest.mark.anyio
async def test_the_edge_makes_its_own_reference() -> None:
    async with client(trust=False) as http:
        assert (await http.get("/echo", headers={"x-request-id": "3F7K-21QX"})).json()["id"] != "3F7K-21QX"


@pytest.mark.anyio
async def test_a_refusal_is_a_problem_with_field_code_figures_and_reference() -> None:
    async with client() as http:
        response = await http.get("/refuse")
    body = response.json()
    assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")
    assert body["errors"] == [{"field": "amount", "code": "amount.too_large", "params": {"max": "5000.00"}}]
    assert body["instance"] == response.headers["x-request-id"]


@pytest.mark.anyio
async def test_an_unexpected_fault_tells_nothing_but_its_reference() -> None:
    async with client() as http:
        response = await http.get("/break")
    assert response.status_code == 500
    assert "secret" not in response.text
    assert response.json()["code"] == "internal"


@pytest.mark.anyio
async def test_a_service_runs_nothing_for_head_and_its_probes_answer() -> None:
    app = service("heads", [Route("/echo", break_)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as http:
        refused = await http.head("/echo")
        assert (refused.status_code, refused.headers["allow"], refused.content) == (405, "GET", b"")
        assert (await http.head("/healthz")).status_code == 200


@pytest.mark.anyio
async def test_a_body_over_the_limit_is_refused_while_it_arrives() -> None:
    async with client() as http:
        assert (await http.post("/echo", content=b"x" * 100)).status_code == 200
        refused = await http.post("/echo", content=b"x" * 101)
    assert (refused.status_code, refused.json()["code"]) == (413, "request.too_large")


def test_a_log_record_keeps_allowed_fields_only_and_masks_what_is_inside() -> None:
    record = {
        "event": "card 6217856100012345678",
        "name": "李秀英",
        "code": "x",
        "id_number": "3207",
        "status": 200,
    }
    kept = keep_allowed(None, "info", dict(record))
    assert json.dumps(kept) == json.dumps({"event": "card 6217***********5678", "code": "x", "status": 200})


def test_a_problem_body_leaves_out_what_is_empty() -> None:
    assert Problem(404, "order.unknown").body("3F7K-21QX") == {
        "type": "urn:sunbridge:problem:order.unknown",
        "title": "order.unknown",
        "status": 404,
        "code": "order.unknown",
        "instance": "3F7K-21QX",
    }
