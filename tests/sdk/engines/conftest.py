"""What every engine plays on: two apps' pages, of which the bank knows one, and the bank."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from h5app.page import render
from h5app.visit import visit_of
from tests.sdk.engines.host_page import HostPages, host_pages
from tests.sdk.engines.stage import TOLD, Engine, Stage
from tests.support.houses.site import Site, served


@pytest.fixture(scope="module")
def host() -> Iterator[HostPages]:
    with host_pages() as known:
        yield known


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory, host: HostPages) -> Iterator[Site]:
    async def told(request: Request) -> Response:
        request.state.visit = replace(visit_of(request), framed=True)
        return render(request, "me/help.html")

    with served(tmp_path_factory.mktemp("bank"), framed_by=[host.origin]) as pages:
        pages.app.router.routes.insert(0, Route(TOLD, told))
        host.bank = pages.base_url
        yield pages


@pytest.fixture(scope="module")
def stranger(bank: Site) -> Iterator[HostPages]:
    with host_pages() as unknown:
        unknown.bank = bank.base_url
        yield unknown


@pytest.fixture
def stage(engine: Engine, bank: Site, host: HostPages, stranger: HostPages) -> Iterator[Stage]:
    """Each file's `engine` is its browser. The page of the app may have met no fault that its test did not expect."""
    made = Stage(engine, bank, host, stranger)
    yield made
    made.no_faults()
