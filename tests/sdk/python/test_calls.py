"""What a partner's program can rely on when it calls: one effect, bounded waiting, errors that say what to do.

Each test runs with the synchronous and the asynchronous client.
"""

from __future__ import annotations

import asyncio
import inspect
import warnings
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import sunbridge
from sunbridge import _calls

BASE = "https://bank.example"
TOKEN = {"access_token": "t", "token_type": "Bearer", "expires_in": 600, "scope": ""}
LAUNCH = {
    "id": "lch_1",
    "url": f"{BASE}/x",
    "state": "created",
    "entry": "home",
    "entry_id": None,
    "external_reference": None,
    "with_person": False,
    "created_at": "2026-11-30T23:50:00Z",
    "expires_at": "2026-12-01T00:00:00Z",
    "opened_at": None,
    "signed_in_at": None,
}


class Server:
    """Answers tokens by itself, and everything else by the next of its answers, the last one ever after."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = [*answers]
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/partner/v1/token":
            return httpx.Response(200, json=TOKEN)
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


Do = Callable[[Any], Any]


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return what runs `do(client)` against a server, without waiting between attempts."""
    waits: list[float] = []

    async def wait_async(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr("sunbridge._sync.transport.time.sleep", waits.append)
    monkeypatch.setattr("sunbridge._async.transport.asyncio.sleep", wait_async)

    def run(server: Server, do: Do, **options: Any) -> Any:
        run.waits = waits  # type: ignore[attr-defined]
        if request.param == "sync":
            http = httpx.Client(transport=httpx.MockTransport(server))
            return do(sunbridge.Sunbridge(BASE, key_id="key_1", secret="s", http_client=http, **options))

        async def in_loop() -> Any:
            http = httpx.AsyncClient(transport=httpx.MockTransport(server))
            client = sunbridge.AsyncSunbridge(BASE, key_id="key_1", secret="s", http_client=http, **options)
            found = do(client)
            if inspect.isawaitable(found):
                return await found
            return [item async for item in found]

        return asyncio.run(in_loop())

    return run


def problem(status: int, code: str, **more: Any) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "detail": "why", "request_id": "req_9", **more})


def test_a_repeated_post_keeps_its_one_idempotency_key(ask: Callable[..., Any]) -> None:
    server = Server(httpx.ConnectError("away"), problem(503, "server.busy"), httpx.Response(201, json=LAUNCH))
    launch = ask(server, lambda client: client.launches.create(entry="home"))
    keys = {request.headers["idempotency-key"] for request in server.requests}
    assert (launch.id, len(server.requests), len(keys)) == ("lch_1", 3, 1)


def test_a_callers_own_idempotency_key_is_never_replaced(ask: Callable[..., Any]) -> None:
    server = Server(problem(500, "server.failed"), httpx.Response(201, json=LAUNCH))
    ask(server, lambda client: client.launches.create(entry="home", idempotency_key="mine"))
    assert [request.headers["idempotency-key"] for request in server.requests] == ["mine", "mine"]


def test_attempts_are_bounded_and_the_last_failure_is_raised(ask: Callable[..., Any]) -> None:
    server = Server(httpx.ReadTimeout("slow"))
    with pytest.raises(sunbridge.TimedOut):
        ask(server, lambda client: client.launches.retrieve("lch_1"), max_retries=1)
    assert len(server.requests) == 2


def test_retry_after_is_waited_for_as_asked(ask: Callable[..., Any]) -> None:
    busy = httpx.Response(429, headers={"retry-after": "7"}, json={"code": "limit.exceeded"})
    ask(Server(busy, httpx.Response(200, json=LAUNCH)), lambda client: client.launches.retrieve("lch_1"))
    assert ask.waits == [7.0]  # type: ignore[attr-defined]


def test_a_wait_that_is_too_long_is_left_to_the_caller(ask: Callable[..., Any]) -> None:
    busy = httpx.Response(429, headers={"retry-after": "3600"}, json={"code": "limit.exceeded"})
    server = Server(busy)
    with pytest.raises(sunbridge.RateLimited):
        ask(server, lambda client: client.launches.retrieve("lch_1"))
    assert len(server.requests) == 1


def test_an_error_names_code_field_page_and_request(ask: Callable[..., Any]) -> None:
    page = f"{BASE}/docs/partners/errors.md#launch-entry"
    server = Server(problem(422, "launch.entry", field="entry", docs=page))
    with pytest.raises(sunbridge.InvalidRequest) as raised:
        ask(server, lambda client: client.launches.create(entry="nowhere"))
    error = raised.value
    assert (error.status, error.code, error.field, error.request_id) == (
        422,
        "launch.entry",
        "entry",
        "req_9",
    )
    assert page in str(error)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, sunbridge.NotAuthenticated),
        (403, sunbridge.NotAllowed),
        (404, sunbridge.NotFound),
        (409, sunbridge.Conflict),
        (500, sunbridge.ServerFailed),
    ],
)
def test_each_class_of_refusal_has_its_own_error(ask: Callable[..., Any], status: int, kind: type) -> None:
    # The answer of a gateway is not JSON.
    with pytest.raises(kind):
        ask(Server(httpx.Response(status, text="<html>")), lambda client: client.launches.retrieve("lch_1"))


def test_a_revoked_token_is_replaced_once(ask: Callable[..., Any]) -> None:
    server = Server(problem(401, "key.token"), httpx.Response(200, json=LAUNCH))
    assert ask(server, lambda client: client.launches.retrieve("lch_1")).id == "lch_1"


def test_paging_keeps_every_filter(ask: Callable[..., Any]) -> None:
    pages = [
        httpx.Response(200, json={"items": [LAUNCH, LAUNCH], "next": "c2"}),
        httpx.Response(200, json={"items": [], "next": "c3"}),
        httpx.Response(200, json={"items": [LAUNCH], "next": None}),
    ]
    server = Server(*pages)
    found = ask(server, lambda client: client.launches.list(external_reference="a b&c", limit=2))
    assert len([*found]) == 3
    asked = [dict(request.url.params) for request in server.requests]
    same = {"external_reference": "a b&c", "limit": "2"}
    assert asked == [same, {**same, "after": "c2"}, {**same, "after": "c3"}]


def test_a_list_of_events_ends_where_the_feed_ends_for_now(ask: Callable[..., Any]) -> None:
    server = Server(httpx.Response(200, json={"items": [], "next": "c1"}))
    found = ask(server, lambda client: client.events.list())
    assert [*found] == []
    assert [dict(request.url.params) for request in server.requests] == [{}, {"after": "c1"}]


def test_a_sunset_is_told_once(ask: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_calls, "_warned", set())
    ends = {"sunset": "Sun, 01 Aug 2027 00:00:00 GMT", "sunbridge-version": "2026-12-01"}
    server = Server(httpx.Response(200, json=LAUNCH, headers=ends))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(2):
            ask(server, lambda client: client.launches.retrieve("lch_1"))
    assert ["2027" in str(one.message) for one in caught if one.category is sunbridge.SunsetWarning] == [True]


def test_an_id_cannot_lead_to_another_path(ask: Callable[..., Any]) -> None:
    server = Server(httpx.Response(200, json=LAUNCH))
    ask(server, lambda client: client.launches.retrieve("../keys?x=1#y"))
    assert server.requests[0].url.raw_path == b"/partner/v1/launches/..%2Fkeys%3Fx%3D1%23y"
    with pytest.raises(ValueError, match="names nothing"):
        ask(server, lambda client: client.launches.retrieve(".."))


def test_what_this_version_does_not_know_is_kept(ask: Callable[..., Any]) -> None:
    server = Server(httpx.Response(200, json={**LAUNCH, "colour": "red", "state": "of_tomorrow"}))
    launch = ask(server, lambda client: client.launches.retrieve("lch_1"))
    assert (launch.state, launch.to_dict()["colour"]) == ("of_tomorrow", "red")


def test_a_key_is_proved_by_exactly_one_thing() -> None:
    with pytest.raises(ValueError, match="either secret="):
        sunbridge.Sunbridge(BASE, key_id="key_1")
    with pytest.raises(ValueError, match="either secret="):
        sunbridge.Sunbridge(BASE, key_id="key_1", secret="s", private_key="p")
