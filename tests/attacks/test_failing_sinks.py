"""A log that cannot be written changes no answer and ends no worker: its lines are counted as lost."""

from __future__ import annotations

import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from mock_partners.testing.worlds.server import listen

ROOT = Path(__file__).parents[2]
WITHIN_S = 60
NO_ROOM = "No space left on device"


@contextmanager
def full_disk() -> Iterator[int]:
    descriptor = os.open("/dev/full", os.O_WRONLY)
    yield descriptor
    os.close(descriptor)


@contextmanager
def pipe_without_reader() -> Iterator[int]:
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


@contextmanager
def pipe_that_is_not_read() -> Iterator[int]:
    """A pipe that is full, because its reader hangs."""
    reading, writing = os.pipe()
    flags = fcntl.fcntl(writing, fcntl.F_GETFL)
    fcntl.fcntl(writing, fcntl.F_SETFL, flags | os.O_NONBLOCK)
    with suppress(BlockingIOError):
        while True:
            os.write(writing, b"x" * 1024)
    fcntl.fcntl(writing, fcntl.F_SETFL, flags)
    yield writing
    os.close(reading)
    os.close(writing)


Trouble = Callable[[], Any]


def lost(metrics: str) -> float:
    found = re.search(r'^sunbridge_lost_total\{sink="log"\} (\S+)$', metrics, re.M)
    return float(found.group(1)) if found else 0


def run_survivor(folder: Path, *before: str, more: Sequence[str] = (), log: int | None = None) -> Any:
    """Run the small party and return what it found."""
    words = [sys.executable, "-m", "tests.attacks.survivor", f"sqlite:///{folder / 'party.db'}", *more]
    ended = subprocess.run(
        [*before, *words], cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True, timeout=WITHIN_S
    )
    assert ended.returncode == 0
    return json.loads(ended.stdout)


@pytest.mark.parametrize(
    ("trouble", "causes"),
    [(full_disk, {"log": NO_ROOM}), (pipe_without_reader, {}), (pipe_that_is_not_read, {})],
)
def test_a_log_that_cannot_be_written_ends_no_worker_and_changes_no_answer(
    trouble: Trouble, causes: dict[str, str], tmp_path: Path
) -> None:
    with trouble() as descriptor:
        found = run_survivor(tmp_path, log=descriptor)
    assert (found["ok"], found["break"]) == (200, 500)
    assert found["ready"].get("causes", {}) == causes
    # The exceptions of the handler, the job and the endpoint, and the lines of the requests.
    assert lost(found["metrics"]) >= 4


def test_a_program_without_a_standard_error_works_all_the_same(tmp_path: Path) -> None:
    found = run_survivor(tmp_path, "sh", "-c", 'exec "$@" 2>&-', "sh")
    assert (found["ok"], found["break"], found["ready"]["failed"]) == (200, 500, [])
    assert lost(found["metrics"]) >= 4


def test_a_party_whose_database_has_no_room_is_not_ready(tmp_path: Path) -> None:
    found = run_survivor(tmp_path, more=["0"], log=subprocess.DEVNULL)
    assert found["ready"]["failed"] == ["database_write"]


@pytest.mark.slow
def test_the_core_serves_and_stops_as_usual_while_the_disk_of_its_log_is_full(tmp_path: Path) -> None:
    with listen(0) as held:
        port = held.getsockname()[1]
    base = f"http://127.0.0.1:{port}/main"
    told = {
        "SUNBRIDGE_FOLDER": str(tmp_path),
        "SUNBRIDGE_CORE_BANK_PORT": str(port),
        "SUNBRIDGE_DRAIN_S": "0",
    }
    with full_disk() as descriptor:
        core = subprocess.Popen(
            [sys.executable, "-m", "mock_partners", "core_bank"],
            cwd=ROOT,
            env={**os.environ, **told},
            stdout=descriptor,
            stderr=descriptor,
        )
        try:
            assert wait_for(f"{base}/healthz", core).status_code == 200
            ready = httpx.get(f"{base}/readyz")
            assert ready.json() == {"status": "unready", "failed": ["log"], "causes": {"log": NO_ROOM}}
            assert httpx.post(f"{base}/oauth/token", data={"grant_type": "password"}).status_code == 401
            assert lost(httpx.get(f"{base}/metrics").text) >= 2
            core.send_signal(signal.SIGTERM)
            assert core.wait(WITHIN_S) == 0
        finally:
            core.kill()
            core.wait()


def wait_for(url: str, process: subprocess.Popen[bytes]) -> httpx.Response:
    """Return the first answer of a process that has just been started."""
    deadline = time.monotonic() + WITHIN_S
    while True:
        assert process.poll() is None, "the process has ended"
        assert time.monotonic() < deadline, "the process does not answer"
        with suppress(httpx.TransportError):
            return httpx.get(url)
        time.sleep(0.05)
