"""Debian's full Chromium, which keeps pages in memory for its back button. The headless shell keeps none.

Playwright is not used. Chromium may never answer a request to close a page that is just being replaced, and Playwright
waits for that answer for ever. Its `go_back()` waits for a page from memory to load, which it never does.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.browsers.chromium import ARGUMENTS
from tests.support.browsers.devtools import DevTools, DevToolsError
from tests.support.browsers.launched import launched
from tests.support.browsers.tab import BetweenPagesError, Tab

STARTED_WITHIN_S = 60
LOADS_WITHIN_S = 30
OPTIONS = ("--headless=new", "--disable-gpu", "--no-first-run", "--window-size=390,844")


class ChromiumTab(Tab):
    """`devtools` is for what the tab has no method for."""

    def __init__(self, devtools: DevTools) -> None:
        self.devtools = devtools
        devtools.call("Page.enable")

    def open(self, url: str) -> None:
        self.devtools.events.clear()
        answer = self.devtools.call("Page.navigate", url=url)
        assert "errorText" not in answer, answer
        loaded = self.devtools.happens("Page.loadEventFired", within_s=LOADS_WITHIN_S)
        assert loaded, f"{url} does not finish loading"

    def ask(self, expression: str) -> Any:
        try:
            answer = self.devtools.call("Runtime.evaluate", expression=expression, returnByValue=True)
        except DevToolsError as replaced:
            raise BetweenPagesError(str(replaced)) from replaced
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def set_cookie(self, name: str, value: str) -> None:
        self.devtools.call("Network.setCookie", name=name, value=value, url=self.ask("location.href"))


@contextmanager
def remembering_chromium(profile: Path) -> Iterator[ChromiumTab]:
    """Yield the one tab of a fresh browser. `profile` is an empty folder of its own."""
    executable = shutil.which("chromium")
    if executable is None:
        pytest.fail("chromium is not installed: run scripts/system-packages as root")
    command = [executable, *ARGUMENTS, *OPTIONS, f"--user-data-dir={profile}"]
    with launched(command, STARTED_WITHIN_S) as devtools:
        yield ChromiumTab(devtools)
