from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mock_partners.testing.worlds.clock import WorldClock
from mock_partners.testing.worlds.router import Instance, Time, WorldRouter
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.web.calls.http_client import HttpClient

pytestmark = pytest.mark.anyio
NEAR, FAR = ("127.0.0.1", 5), ("192.0.2.7", 5)


def instance(folder: Path, name: str, lived: list[str]) -> Instance:
    async def here(request: Request) -> Response:
        link = request.url_for("here", item="x")
        return JSONResponse({"world": name, "item": request.path_params["item"], "link": str(link)})

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        lived.append(f"{name} up")
        yield
        lived.append(f"{name} down")

    async def deviate(_request: Request) -> Response:
        return Response()

    routes = [Route("/items/{item}", here, name="here"), Route("/_deviate", deviate)]
    app = Starlette(routes=routes, lifespan=lifespan)
    return Instance(
        app, WorldClock(folder / name / "clock.json"), Store(f"sqlite:///{folder / name}.db"), HttpClient()
    )


@asynccontextmanager
async def two_worlds(
    folder: Path, client: tuple[str, int] = NEAR, lived: list[str] | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    noted: list[str] = [] if lived is None else lived
    router = WorldRouter({name: instance(folder, name, noted) for name in ("main", "w7")})
    async with (
        router.running(),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(router, client=client), base_url="http://127.0.0.1:8102"
        ) as http,
    ):
        yield http


async def test_the_first_path_segment_names_the_world_and_links_stay_in_it(tmp_path: Path) -> None:
    async with two_worlds(tmp_path) as http:
        for world in ("main", "w7"):
            assert (await http.get(f"/{world}/items/7")).json() == {
                "world": world,
                "item": "7",
                "link": f"http://127.0.0.1:8102/{world}/items/x",
            }


@pytest.mark.parametrize("path", ["/", "/w8/items/7", "/mainly/items/7", "//main/items/7", "/_clock"])
async def test_a_world_that_does_not_exist_is_a_problem(tmp_path: Path, path: str) -> None:
    async with two_worlds(tmp_path) as http:
        response = await http.get(httpx.URL("http://127.0.0.1:8102").copy_with(raw_path=path.encode()))
    assert (response.status_code, response.json()["code"]) == (404, "world.unknown")
    assert response.headers["content-type"] == "application/problem+json"


async def test_every_instance_lives_as_long_as_its_router(tmp_path: Path) -> None:
    lived: list[str] = []
    async with two_worlds(tmp_path, lived=lived):
        assert lived == ["main up", "w7 up"]
    assert lived[2:] == ["w7 down", "main down"]


async def test_a_tester_moves_the_clock_of_one_world_only(tmp_path: Path) -> None:
    async with two_worlds(tmp_path) as http:
        moved = Time.model_validate((await http.post("/main/_clock", json={"advance": "P1DT2H"})).json())
        other = Time.model_validate((await http.get("/w7/_clock")).json())
        a_day_and_two_hours = timedelta(hours=26)
        assert moved.business - moved.wall == pytest.approx(a_day_and_two_hours, abs=timedelta(seconds=1))
        assert other.business - other.wall == pytest.approx(timedelta(), abs=timedelta(seconds=1))


@pytest.mark.parametrize("step", ["-P1D", "P4000D", "tomorrow", ""])
async def test_a_step_that_is_none_is_refused(tmp_path: Path, step: str) -> None:
    async with two_worlds(tmp_path) as http:
        assert (await http.post("/main/_clock", json={"advance": step})).status_code == 422


DOORS = ["_clock", "_faults", "_deviate"]
FOREIGN = {
    "the name of a foreign page": {"Host": "evil.example"},
    "a name that only begins like ours": {"Host": "localhost.evil.example"},
    "no name": {"Host": ""},
    "a page of another site": {"Origin": "http://evil.example"},
    "a page on another port": {"Origin": "http://127.0.0.1:8000"},
    "a page without an origin": {"Origin": "null"},
    "a link of another site": {"Sec-Fetch-Site": "cross-site"},
    "a proxy": {"X-Forwarded-For": "127.0.0.1"},
}


@pytest.mark.parametrize("door", DOORS)
async def test_testers_endpoints_open_on_this_machine_only(tmp_path: Path, door: str) -> None:
    async with two_worlds(tmp_path, FAR) as http:
        response = await http.get(f"/main/{door}")
        assert (response.status_code, response.json()["code"]) == (403, "testers.only")


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN)
@pytest.mark.parametrize("door", DOORS)
async def test_no_foreign_page_reaches_the_testers_endpoints(
    tmp_path: Path, door: str, headers: dict[str, str]
) -> None:
    async with two_worlds(tmp_path) as http:
        for method in ("GET", "POST"):
            response = await http.request(method, f"/main/{door}", headers=headers)
            assert (response.status_code, response.json()["code"]) == (403, "testers.only")
        own = {"Origin": str(http.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
        assert (await http.get(f"/main/{door}", headers=own)).status_code == 200


async def test_a_fault_is_set_listed_used_up_and_cleared(tmp_path: Path) -> None:
    async with two_worlds(tmp_path) as http:
        fault = {"kind": "down", "method": "GET", "path": "/items/*", "times": 2}
        assert (await http.post("/main/_faults", json=fault)).status_code == 200
        assert (await http.get("/w7/items/1")).status_code == 200
        assert (await http.get("/main/items/1")).status_code == 503
        assert [one["times"] for one in (await http.get("/main/_faults")).json()] == [1]
        assert (await http.delete("/main/_faults")).json() == []
        assert (await http.get("/main/items/1")).status_code == 200
