import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from mock_partners.testing.worlds.faults import Fault, Faults, FaultyApp, FaultyTransport
from partner_adapters.kit.web.calls.http_client import HttpClient, NotSent, OutcomeUnknown
from tests.support.houses.serving import serving

pytestmark = pytest.mark.anyio
PLACES = ["at_the_party", "at_the_caller"]


class Served:
    """A party that counts what it did, behind faults at one of both ends of a real connection."""

    def __init__(self) -> None:
        self.done = 0
        self.faults = Faults()

    async def act(self, _request: Request) -> Response:
        self.done += 1
        return PlainTextResponse("done")

    @asynccontextmanager
    async def calls(self, place: str) -> AsyncIterator[tuple[HttpClient, str]]:
        app = Starlette(routes=[Route("/debits", self.act, methods=["POST"]), Route("/bins", self.act)])
        party: ASGIApp = FaultyApp(app, self.faults) if place == "at_the_party" else app
        outer = Starlette(lifespan=app.router.lifespan_context)
        outer.router.default = party
        async with serving(outer, "socket") as (http, url):
            if place == "at_the_caller":
                http = HttpClient(FaultyTransport(httpx.AsyncHTTPTransport(), self.faults))
            yield http, url


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", ["drop_response", "reset_after"])
async def test_a_lost_answer_is_unknown_though_the_work_was_done(place: str, kind: str) -> None:
    served = Served()
    served.faults.add(Fault(kind=kind, method="POST", path="/debits"))
    async with served.calls(place) as (http, url):
        with pytest.raises(OutcomeUnknown):
            await http.send("POST", f"{url}/debits", repeatable=False)
        assert served.done == 1
        assert (await http.send("POST", f"{url}/debits", repeatable=False)).text == "done"


async def test_a_caller_that_finds_the_party_down_knows_that_nothing_happened() -> None:
    served = Served()
    served.faults.add(Fault(kind="down", times=None))
    async with served.calls("at_the_caller") as (http, url):
        with pytest.raises(NotSent):
            await http.send("POST", f"{url}/debits", repeatable=False)
    assert served.done == 0


async def test_a_party_that_is_down_says_so_and_does_nothing() -> None:
    served = Served()
    served.faults.add(Fault(kind="down"))
    async with served.calls("at_the_party") as (http, url):
        response = await http.send("POST", f"{url}/debits", repeatable=False)
        assert (response.status_code, response.json()["code"]) == (503, "party.down")
        assert served.done == 0


@pytest.mark.parametrize("place", PLACES)
async def test_a_slow_party_answers_after_its_time(place: str) -> None:
    served = Served()
    served.faults.add(Fault(kind="latency", seconds=0.2))
    async with served.calls(place) as (http, url):
        started = time.perf_counter()
        assert (await http.send("POST", f"{url}/debits", repeatable=False)).text == "done"
        assert time.perf_counter() - started >= 0.2
        served.faults.add(Fault(kind="latency", seconds=1))
        with pytest.raises(OutcomeUnknown):
            await http.send("POST", f"{url}/debits", repeatable=False, deadline_s=0.2)


@pytest.mark.parametrize("place", PLACES)
async def test_an_answer_may_come_too_late_though_the_work_was_done(place: str) -> None:
    served = Served()
    served.faults.add(Fault(kind="late_answer", seconds=1))
    async with served.calls(place) as (http, url):
        with pytest.raises(OutcomeUnknown):
            await http.send("POST", f"{url}/debits", repeatable=False, deadline_s=0.2)
        assert served.done == 1


@pytest.mark.parametrize(
    ("fault", "hit"),
    [
        (Fault(kind="down"), True),
        (Fault(kind="down", method="GET"), False),
        (Fault(kind="down", path="/deb*"), True),
        (Fault(kind="down", path="/bins"), False),
        (Fault(kind="down", path="debits"), False),
        (Fault(kind="down", method="P?ST", path="/d*s"), True),
    ],
)
def test_a_fault_hits_what_its_method_and_path_fit(fault: Fault, hit: bool) -> None:
    faults = Faults()
    faults.add(fault)
    assert (faults.take("POST", "/debits") is not None) == hit


def test_a_fault_is_used_up_after_its_times() -> None:
    faults = Faults()
    faults.add(Fault(kind="latency", times=2))
    faults.add(Fault(kind="down", times=None))
    kinds = [fault.kind for _ in range(4) if (fault := faults.take("GET", "/x"))]
    assert kinds == ["latency", "latency", "down", "down"]


async def test_a_fault_in_the_process_of_a_test_needs_no_server() -> None:
    served = Served()
    app = Starlette(routes=[Route("/debits", served.act, methods=["POST"])])
    http = HttpClient(FaultyTransport(httpx.ASGITransport(app), served.faults))
    served.faults.add(Fault(kind="drop_response"))
    with pytest.raises(OutcomeUnknown):
        await http.send("POST", "http://party.test/debits", repeatable=False)
    assert served.done == 1
