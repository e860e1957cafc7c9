"""What every journey begins with, where its file says nothing else: one house a file, and a phone."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from mock_partners.testing.running.demo import H5APP
from mock_partners.testing.worlds.world import EMPTY, PARTIES
from tests.journeys.trying import Hurried, Scene
from tests.support.browsers.modes import PHONE
from tests.support.databases import postgresql
from tests.support.houses.journey import House, OpenHouse, house
from tests.support.people.stages import Stages

_house_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def database(request: pytest.FixtureRequest) -> str:
    """`sqlite` or `postgresql`: where everybody in the houses of this file keeps their data."""
    return str(request.config.getoption("database"))


@pytest.fixture(scope="module")
def open_house(database: str, request: pytest.FixtureRequest) -> OpenHouse:
    """`house`, with everybody's data in `database`."""
    if database == "sqlite":
        return house
    address = request.getfixturevalue("postgresql_cluster")

    @contextmanager
    def opened(home: Path, **options: Any) -> Iterator[House]:
        number = next(_house_numbers)
        with ExitStack() as databases:
            urls = {
                name: databases.enter_context(postgresql.fresh_database(address, f"house_{number}_{name}"))
                for name in (*PARTIES, H5APP)
            }
            urls[EMPTY] = f"postgresql+psycopg://{address}/postgres"
            with house(home, databases=urls, **options) as running:
                yield running

    return opened


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("house")


@pytest.fixture(scope="module")
def the_house(open_house: OpenHouse, home: Path) -> Iterator[House]:
    """Each test is another person in it, or one who may have been there before."""
    with open_house(home) as running:
        yield running


@pytest.fixture(scope="module")
def scene(open_house: OpenHouse, home: Path) -> Iterator[Scene]:
    """A house whose people can be put back to the start of a command."""
    with open_house(home, http=Hurried()) as running:
        yield Scene(running, Stages(running))


@pytest.fixture
def logged_in(scene: Scene, browser: Browser) -> None:
    scene.log_in(browser)


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """A phone; `pytest.mark.browser_context_args(java_script_enabled=False)` makes it one without scripts."""
    return {**browser_context_args, **PHONE}
