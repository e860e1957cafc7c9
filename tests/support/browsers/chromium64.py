"""A real Chromium 64, one process a phone, so that no cookie and no crash is shared."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.support.browsers.devtools import DevTools, connected

ROOT = Path(__file__).parents[3]
INSTALLED = ROOT / ".sunbridge/old-phones"
EXECUTABLE = INSTALLED / "chromium"
# Its first start on a machine reads every font.
STARTED_WITHIN_S = 60
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-software-rasterizer",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
    "about:blank",
)


@contextmanager
def chromium() -> Iterator[DevTools]:
    """The one tab of a fresh browser; it ends with the block."""
    if not EXECUTABLE.exists():
        pytest.fail("Chromium 64 is not here: run scripts/old-chromium (make test does)")
    process = subprocess.Popen(
        [EXECUTABLE, *OPTIONS], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        with connected(_tab(_address(process)), STARTED_WITHIN_S) as tab:
            yield tab
    finally:
        # Its renderers are processes of their own.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _address(process: subprocess.Popen[str]) -> str:
    """`http://127.0.0.1:port` where it listens, as it says on its standard error."""
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        if "DevTools listening on ws://" in line:
            # It goes on to speak: unread, the pipe would fill and halt it.
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return "http://" + line.split("ws://")[1].split("/")[0]
        said.append(line)
    pytest.fail("Chromium 64 did not start:\n" + "".join(said))


def _tab(address: str) -> str:
    deadline = time.monotonic() + STARTED_WITHIN_S
    while time.monotonic() < deadline:
        for target in httpx.get(f"{address}/json", timeout=STARTED_WITHIN_S).json():
            if target["type"] == "page":
                return str(target["webSocketDebuggerUrl"])
        time.sleep(0.05)
    raise AssertionError("Chromium 64 started without a tab")
