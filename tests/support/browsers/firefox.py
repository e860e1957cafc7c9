"""Debian's Firefox ESR at a phone's size, driven over WebDriver BiDi: the protocol that Firefox itself speaks.

One socket, one tab, no driver program between. Only what a test needs of the protocol stands here.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.support.browsers.launched import kill_with_children
from tests.support.browsers.tab import BetweenPagesError, Tab

WIDTH, HEIGHT = 390, 844
STARTED_WITHIN_S = 60
ANSWERS_WITHIN_S = 60
OPTIONS = ("--headless", "--no-remote", "--remote-debugging-port=0")
# Keys beyond letters, as WebDriver numbers them.
ESCAPE = "\ue00c"
# A fresh profile asks, reports and updates nothing.
PREFERENCES: Mapping[str, bool | int | str] = {
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.aboutwelcome.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.getAddons.cache.enabled": False,
    "extensions.update.enabled": False,
    "intl.accept_languages": "zh-CN",
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "remote.prefs.recommended": True,
    "services.settings.server": "http://127.0.0.1:1",
    "toolkit.telemetry.server": "http://127.0.0.1:1",
}


class BiDiError(Exception):
    """The browser refused a command. `code` is the protocol's name of the reason."""

    def __init__(self, method: str, code: str, message: str) -> None:
        super().__init__(f"{method}: {code}: {message}")
        self.code = code


class BiDi:
    """One session. `events` holds what the browser told since the caller last cleared it: {method, params}."""

    def __init__(self, socket: ClientConnection) -> None:
        self.events: list[dict[str, Any]] = []
        self._socket = socket
        self._ids = itertools.count(1)

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Raises `BiDiError`, TimeoutError."""
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        deadline = time.monotonic() + ANSWERS_WITHIN_S
        while True:
            message = json.loads(self._socket.recv(timeout=max(0, deadline - time.monotonic())))
            if message["type"] == "event":
                self.events.append(message)
            elif message.get("id") == number:
                if message["type"] == "error":
                    raise BiDiError(method, message["error"], message["message"])
                return dict(message["result"])


class FirefoxTab(Tab):
    """`bidi` is for what the tab has no method for."""

    def __init__(self, bidi: BiDi, context: str) -> None:
        self.bidi = bidi
        self.context = context

    def open(self, url: str) -> None:
        self.bidi.call("browsingContext.navigate", context=self.context, url=url, wait="complete")

    def ask(self, expression: str) -> Any:
        return self._ask(self.context, expression)

    def ask_frame(self, expression: str) -> Any:
        """Ask the first frame of the page, of whichever origin. Raises `BetweenPagesError`."""
        return self._ask(self._frame(), expression)

    def set_cookie(self, name: str, value: str) -> None:
        cookie = {
            "name": name,
            "value": {"type": "string", "value": value},
            "domain": self.ask("location.hostname"),
        }
        partition = {"type": "context", "context": self.context}
        self.bidi.call("storage.setCookie", cookie={**cookie, "path": "/"}, partition=partition)

    def press(self, key: str, *, in_frame: bool = False) -> None:
        """Press one key and let it go, in the page or in its first frame."""
        keys = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        try:
            self.bidi.call(
                "input.performActions",
                context=self._frame() if in_frame else self.context,
                actions=[{"type": "key", "id": "keyboard", "actions": keys}],
            )
        except BiDiError as closed:
            # The frame is gone before the key is let go, if pressing it closes the frame.
            if closed.code != "no such frame":
                raise

    def _frame(self) -> str:
        (tree,) = self.bidi.call("browsingContext.getTree", root=self.context)["contexts"]
        if not tree["children"]:
            raise BetweenPagesError("the page has no frame now")
        return str(tree["children"][0]["context"])

    def _ask(self, context: str, expression: str) -> Any:
        try:
            answer = self.bidi.call(
                "script.evaluate",
                # As text, because the protocol has its own form for each kind of value.
                expression=f"JSON.stringify({expression})",
                target={"context": context},
                awaitPromise=False,
            )
        except BiDiError as replaced:
            raise BetweenPagesError(str(replaced)) from replaced
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"].get("value", "null"))


@contextmanager
def firefox(profile: Path) -> Iterator[FirefoxTab]:
    """Yield the one tab of a fresh browser. `profile` is an empty folder of its own. No process outlives the block."""
    executable = shutil.which("firefox-esr")
    if executable is None:
        pytest.fail("Firefox is not installed: run scripts/system-packages walk as root")
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items()]
    (profile / "user.js").write_text("".join(lines))
    process = subprocess.Popen(
        [executable, *OPTIONS, f"--width={WIDTH}", f"--height={HEIGHT}", "--profile", profile, "about:blank"],
        env={
            "HOME": str(profile),
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "MOZ_CRASHREPORTER_DISABLE": "1",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        with connect(
            f"{_address(process)}/session",
            open_timeout=STARTED_WITHIN_S,
            close_timeout=1,
            ping_interval=None,
            compression=None,
            max_size=None,
            proxy=None,
        ) as socket:
            bidi = BiDi(socket)
            bidi.call("session.new", capabilities={})
            (tree,) = bidi.call("browsingContext.getTree")["contexts"]
            viewport = {"width": WIDTH, "height": HEIGHT}
            bidi.call("browsingContext.setViewport", context=tree["context"], viewport=viewport)
            yield FirefoxTab(bidi, tree["context"])
    finally:
        kill_with_children(process)


def _address(process: subprocess.Popen[str]) -> str:
    """Return `ws://127.0.0.1:port` where the browser listens, as it says on its standard error."""
    assert process.stderr is not None
    said: list[str] = []
    # A browser that never says so would be read for ever.
    too_late = threading.Timer(STARTED_WITHIN_S, os.killpg, (process.pid, signal.SIGKILL))
    too_late.start()
    try:
        for line in process.stderr:
            if found := re.search(r"WebDriver BiDi listening on (ws://\S+)", line):
                # It goes on to speak: unread, the pipe would fill and halt it.
                threading.Thread(target=process.stderr.read, daemon=True).start()
                return found[1]
            said.append(line)
    finally:
        too_late.cancel()
    pytest.fail("Firefox did not start:\n" + "".join(said))
