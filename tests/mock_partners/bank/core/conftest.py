"""Fixtures of the core's tests; what they build is described in `tests/support/houses/core.py`."""

from __future__ import annotations

import asyncio
import itertools
import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from mock_partners.bank.core.kernel.caller import PartnerClient
from mock_partners.bank.core.kernel.consent_texts import Texts
from mock_partners.bank.core.kernel.context import Context, context
from mock_partners.bank.core.kernel.parameters import parameters_on
from mock_partners.bank.core.migrations import migrate
from partner_adapters.kit.values.clock import CHINA, FixedClock
from tests.support.databases import postgresql
from tests.support.databases.keeping import Kept, keep
from tests.support.houses.core import IdentityHosts, TestBank, core_settings, running_bank
from tests.support.houses.esign_stand_in import ESignStandIn

START = datetime(2026, 11, 24, 10, 0, tzinfo=CHINA)
CORE_FILE = "core.sqlite"
_copies = itertools.count(1)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture
def ctx(clock: FixedClock) -> Context:
    """Partner `lyg` at bank `hzw`."""
    settings = core_settings(IdentityHosts())
    now, caller = clock.now(), PartnerClient("lyg")
    parameters = parameters_on([], "hzw", clock.today())
    return context(now, clock.wall(), settings, Texts(settings.banks), "hzw", caller, now, parameters)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database of the newest schema, to be copied."""
    path = tmp_path_factory.mktemp("core") / "migrated.sqlite"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_template(postgresql_cluster: str) -> Iterator[str]:
    """The name of a PostgreSQL database of the newest schema, to be copied."""
    with postgresql.fresh_database(postgresql_cluster, "migrated") as url:
        migrate(url)
        yield "migrated"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """As `database_url`, with the newest schema and nothing in it."""
    if request.param == "sqlite":
        path = tmp_path / CORE_FILE
        shutil.copy(request.getfixturevalue("migrated_file"), path)
        yield f"sqlite:///{path}"
        return
    address, template = (
        request.getfixturevalue(name) for name in ("postgresql_cluster", "migrated_template")
    )
    with postgresql.fresh_database(address, f"copy_{next(_copies)}", template) as url:
        yield url


@pytest.fixture(scope="session")
def prepared_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the SQLite databases of a bank that was started once, to be copied."""
    folder = tmp_path_factory.mktemp("prepared")
    asyncio.run(_start_once(f"sqlite:///{folder / CORE_FILE}", folder))
    return folder


@pytest.fixture(scope="session")
def prepared_database(
    postgresql_cluster: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Kept]]:
    """A PostgreSQL database on which a core was started once, and how it is put back after each test."""
    with postgresql.fresh_database(postgresql_cluster, "core") as url:
        asyncio.run(_start_once(url, tmp_path_factory.mktemp("outside")))
        yield url, keep(url)


async def _start_once(database_url: str, folder: Path) -> None:
    async with running_bank(database_url, folder, FixedClock(START)):
        pass


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def prepared_url(request: pytest.FixtureRequest, prepared_files: Path, tmp_path: Path) -> Iterator[str]:
    """As `database_url`, with schema, charts of accounts and products; the outside parties' files lie in `tmp_path`.

    To migrate and to open the books anew took half of a small test's time. PostgreSQL's database is one for all tests
    of a worker, put back after each: a database made and dropped cost more than many tests.
    """
    for file in prepared_files.iterdir():
        shutil.copy(file, tmp_path)
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / CORE_FILE}"
        return
    url, kept = request.getfixturevalue("prepared_database")
    yield url
    postgresql.hang_up(url)
    kept.give_back()


@pytest.fixture
async def bank(
    anyio_backend: str, prepared_url: str, tmp_path: Path, clock: FixedClock, request: pytest.FixtureRequest
) -> AsyncIterator[TestBank]:
    """A fresh core on each database, with its outside parties. Whatever a test did, it ends with the proof."""
    async with running_bank(prepared_url, tmp_path, clock, prepared=True) as made:
        yield made
        if request.node.get_closest_marker("breaks_the_books") is None:
            await made.prove()


@pytest.fixture
def esign(bank: TestBank) -> ESignStandIn:
    """The bank's e-sign, which can be told to misbehave."""
    return ESignStandIn().connect(bank)
