"""Fixtures for every test: a fresh database of each kind, and a browser that starts as root too."""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import structlog
from playwright.sync_api import expect

from tests.support import leaks
from tests.support.browsers.chromium import launch_options
from tests.support.databases import postgresql
from tests.support.sample import WHOLE, leave_out_repeats

# A property is tried with 20 examples in the sample, and with Hypothesis' usual 100 with `--whole`. One with slow
# examples takes a fraction of them. The machine's cores are shared: a slow example is not a failure.
hypothesis.settings.register_profile("sample", deadline=None, max_examples=20)
hypothesis.settings.register_profile("whole", deadline=None, max_examples=100)
# Tests provoke faults on purpose; the default's coloured tracebacks cost two seconds each.
_plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
structlog.configure(processors=[*structlog.get_config()["processors"][:-1], _plain])

_BROWSER_FIXTURES = {"playwright", "browser", "context", "new_context", "page"}
EXPECTED_WITHIN_MS = 20_000
MEMORY_DISK = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
# A whole run leaves about 1 GB, and pytest keeps the run before.
NEEDED_IN_MEMORY = 4 * 2**30
_database_numbers = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=["sqlite", "postgresql"],
        default="sqlite",
        help="where everybody in the browser's journeys keeps their data (all other tests run on both)",
    )
    parser.addoption(
        "--whole",
        action="store_true",
        help="run every case of the matrices that `make test` samples (`make walk` and `make chaos` do)",
    )


def pytest_configure(config: pytest.Config) -> None:
    _keep_temporary_files_in_memory()
    hypothesis.settings.load_profile("whole" if config.getoption("whole") else "sample")
    leaks.watch(config)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what the sample leaves out, and order the files.

    Files with browser tests run last: Playwright's loop stays in the main thread and breaks async tests after it.

    Slow ones run first, so that no worker is left with a long file when the others are done.
    """
    leave_out_repeats(items)
    if not config.getoption("whole"):
        left_out = [item for item in items if item.get_closest_marker(WHOLE)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not item.get_closest_marker(WHOLE)]
    in_browser = [
        item for item in items if not _BROWSER_FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))
    ]
    for item in in_browser:
        item.add_marker(pytest.mark.browser)
    last = {item.path for item in in_browser}
    items.sort(key=lambda item: (item.path in last, item.get_closest_marker("slow") is None))


def _keep_temporary_files_in_memory() -> None:
    """Let this process and its children make temporary files in memory, where there is room.

    SQLite waits for the disk at each commit: about 6 ms on a disk, 0.05 ms in memory.
    """
    if "TMPDIR" in os.environ or not os.path.ismount(MEMORY_DISK):
        return
    if shutil.disk_usage(MEMORY_DISK).free >= NEEDED_IN_MEMORY and os.access(MEMORY_DISK, os.W_OK | os.X_OK):
        os.environ["TMPDIR"] = str(MEMORY_DISK)
        tempfile.tempdir = None


@pytest.fixture(scope="session")
def whole(request: pytest.FixtureRequest) -> bool:
    """Whether a test that visits many pages visits all of them, instead of its sample."""
    return bool(request.config.getoption("whole"))


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests (`@pytest.mark.anyio`) run on asyncio, as the applications do."""
    return "asyncio"


@pytest.fixture(scope="session")
def postgresql_cluster() -> Iterator[str]:
    """`user@host:port` of a private PostgreSQL cluster, started when the first test asks for it."""
    with postgresql.cluster() as address:
        yield address


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a fresh empty database of this test alone: the test runs once on SQLite, once on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'test.sqlite'}"
        return
    address = request.getfixturevalue("postgresql_cluster")
    with postgresql.fresh_database(address, f"test_{next(_database_numbers)}") as url:
        yield url


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium instead of a downloaded one, on a machine that may be busy with another."""
    expect.set_options(timeout=EXPECTED_WITHIN_MS)
    try:
        return {**browser_type_launch_args, **launch_options()}
    except RuntimeError as missing:
        pytest.fail(str(missing))
