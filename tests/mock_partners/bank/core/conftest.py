"""Fixtures of the core's tests; what they build is described in `tests/support/houses/core.py`."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from mock_partners.bank.core.kernel.caller import PartnerClient
from mock_partners.bank.core.kernel.consent_texts import Texts
from mock_partners.bank.core.kernel.context import Context, context
from mock_partners.bank.core.migrations import migrate
from partner_adapters.kit.values.clock import CHINA, FixedClock
from tests.support.databases import postgresql
from tests.support.databases.keeping import Kept, keep
from tests.support.houses.core import IdentityHosts, TestBank, core_settings, running_bank
from tests.support.houses.esign_stand_in import ESignStandIn

START = datetime(2026, 11, 24, 10, 0, tzinfo=CHINA)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture
def ctx(clock: FixedClock) -> Context:
    """Partner `lyg` at bank `hzw`."""
    settings = core_settings(IdentityHosts())
    return context(clock, settings, Texts(settings.banks), "hzw", PartnerClient("lyg"))


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite database of the newest schema, to be copied."""
    path = tmp_path_factory.mktemp("core") / "migrated.sqlite"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_database(postgresql_cluster: str) -> Iterator[tuple[str, Kept]]:
    """A PostgreSQL database of the newest schema, and how it is put back after each test."""
    with postgresql.fresh_database(postgresql_cluster, "core") as url:
        migrate(url)
        yield url, keep(url)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """As `database_url`, with the schema already there: migrating anew for every test would cost minutes.

    PostgreSQL's is one for all tests of a worker, given back: a database made and dropped cost more than many tests.
    """
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "test.sqlite")
        yield f"sqlite:///{tmp_path / 'test.sqlite'}"
        return
    url, kept = request.getfixturevalue("migrated_database")
    yield url
    postgresql.hang_up(url)
    kept.give_back()


@pytest.fixture
async def bank(
    anyio_backend: str, migrated_url: str, tmp_path: Path, clock: FixedClock, request: pytest.FixtureRequest
) -> AsyncIterator[TestBank]:
    """A fresh core on each database, with its outside parties. Whatever a test did, it ends with the proof."""
    async with running_bank(migrated_url, tmp_path, clock) as made:
        yield made
        if request.node.get_closest_marker("breaks_the_books") is None:
            await made.prove()


@pytest.fixture
def esign(bank: TestBank) -> ESignStandIn:
    """The bank's e-sign, which can be told to misbehave."""
    made = ESignStandIn()
    bank.wires.connect("esign", made.app())
    return made
