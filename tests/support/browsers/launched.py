"""A browser in a process of its own, driven over the DevTools protocol, one process a phone: no cookie is shared."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.browsers.devtools import DevTools, connected


@contextmanager
def launched(command: Sequence[str | Path], starts_within_s: float) -> Iterator[DevTools]:
    """Yield the one tab of a fresh browser. It is killed at the end and never asked to close, so no end hangs."""
    process = subprocess.Popen(
        [*command, "--remote-debugging-port=0", "about:blank"],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        with connected(_tab(_address(process, starts_within_s), starts_within_s), starts_within_s) as tab:
            yield tab
    finally:
        kill_with_children(process)


def kill_with_children(process: subprocess.Popen[str]) -> None:
    """End a process that was started in a session of its own, with all that it started."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _address(process: subprocess.Popen[str], within_s: float) -> str:
    """Return `http://127.0.0.1:port` where the browser listens, as it says on its standard error."""
    assert process.stderr is not None
    said = []
    # A browser that never says so would be read for ever.
    too_late = threading.Timer(within_s, os.killpg, (process.pid, signal.SIGKILL))
    too_late.start()
    try:
        for line in process.stderr:
            if "DevTools listening on ws://" in line:
                # It goes on to speak: unread, the pipe would fill and halt it.
                threading.Thread(target=process.stderr.read, daemon=True).start()
                return "http://" + line.split("ws://")[1].split("/")[0]
            said.append(line)
    finally:
        too_late.cancel()
    pytest.fail("the browser did not start:\n" + "".join(said))


def _tab(address: str, within_s: float) -> str:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        for target in httpx.get(f"{address}/json", timeout=within_s).json():
            if target["type"] == "page":
                return str(target["webSocketDebuggerUrl"])
        time.sleep(0.05)
    raise AssertionError("the browser started without a tab")
