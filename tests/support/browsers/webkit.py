"""Debian's WebKitGTK at a phone's size, driven over WebDriver: the engine of every iPhone's web views.

MiniBrowser keeps pages in memory for its back button, as Safari does, also when it is driven.
"""

from __future__ import annotations

import os
import select
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from selenium.common import WebDriverException
from selenium.webdriver import Remote
from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.webkitgtk.options import Options

from tests.support.browsers.launched import kill_with_children
from tests.support.browsers.tab import BetweenPagesError, Tab

WIDTH, HEIGHT = 390, 844
ANSWERS_WITHIN_S = 60
LOADS_WITHIN_S = 30
BROWSERS = "usr/lib/*/webkit2gtk-4.*/MiniBrowser"


class WebKitTab(Tab):
    """`driver` is Selenium's, for what a finger does."""

    def __init__(self, driver: Remote) -> None:
        self.driver = driver

    def open(self, url: str) -> None:
        self.driver.get(url)

    def ask(self, expression: str) -> Any:
        try:
            return self.driver.execute_script(f"return ({expression})")
        except WebDriverException as replaced:
            raise BetweenPagesError(str(replaced)) from replaced

    def set_cookie(self, name: str, value: str) -> None:
        self.driver.add_cookie({"name": name, "value": value, "path": "/"})


@contextmanager
def webkit(home: Path) -> Iterator[WebKitTab]:
    """Yield the one tab of a fresh browser. `home` is an empty folder of its own. No process outlives the block."""
    browser = next(Path("/").glob(BROWSERS), None)
    if browser is None or shutil.which("WebKitWebDriver") is None or shutil.which("Xvfb") is None:
        pytest.fail("WebKit is not installed: run scripts/system-packages walk as root")
    with _screen() as display, _driver_server(display, home) as address:
        options = Options()
        options.set_capability("browserName", "MiniBrowser")
        options.set_capability(
            "timeouts", {"script": 1000 * LOADS_WITHIN_S, "pageLoad": 1000 * LOADS_WITHIN_S}
        )
        options.binary_location = str(browser)
        # Without its tool bar, which is wider than a phone.
        for argument in ("--automation", "--full-screen"):
            options.add_argument(argument)
        connection = RemoteConnection(client_config=ClientConfig(address, timeout=ANSWERS_WITHIN_S))
        driver = Remote(connection, options=options)
        driver.set_window_size(WIDTH, HEIGHT)
        yield WebKitTab(driver)


@contextmanager
def _screen() -> Iterator[str]:
    """Start an X server that shows its screen nowhere, and yield the name of its display."""
    read, write = os.pipe()
    process = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    os.close(write)
    try:
        ready, _, _ = select.select([read], [], [], ANSWERS_WITHIN_S)
        number = os.read(read, 16).decode().strip() if ready else ""
        assert number, "Xvfb did not start"
        yield f":{number}"
    finally:
        os.close(read)
        process.terminate()  # killed, it would leave its lock behind
        process.wait(ANSWERS_WITHIN_S)


@contextmanager
def _driver_server(display: str, home: Path) -> Iterator[str]:
    """Start WebKitWebDriver, which starts the browser, and yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "DISPLAY": display,
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "GSETTINGS_BACKEND": "memory",
        "NO_AT_BRIDGE": "1",
        "LANG": "C.UTF-8",
    }
    process = subprocess.Popen(
        ["WebKitWebDriver", "--host=127.0.0.1", f"--port={port}"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _until_ready(address)
        yield address
    finally:
        kill_with_children(process)


def _until_ready(address: str) -> None:
    transport = httpx.HTTPTransport(retries=6)  # each pause before connecting again is twice as long
    with httpx.Client(transport=transport, timeout=ANSWERS_WITHIN_S) as client:
        client.get(f"{address}/status").raise_for_status()
