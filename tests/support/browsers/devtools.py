"""The little of the DevTools protocol that a test needs: call a method, wait for an event. One thread, no callbacks."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import ClientConnection, connect

ANSWERS_WITHIN_S = 30
Event = dict[str, Any]


class DevToolsError(Exception):
    """The browser refused a call."""


class DevTools:
    """One tab. `events` holds the events since the caller last cleared it, oldest first: {method, params}."""

    def __init__(self, socket: ClientConnection) -> None:
        self.events: list[Event] = []
        self._socket = socket
        self._calls = 0

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Raises `DevToolsError`, TimeoutError."""
        self._calls += 1
        self._socket.send(json.dumps({"id": self._calls, "method": method, "params": params}))
        deadline = time.monotonic() + ANSWERS_WITHIN_S
        while True:
            message = self._next(deadline)
            if message.get("id") == self._calls:
                if "error" in message:
                    raise DevToolsError(f"{method}: {message['error']['message']}")
                return dict(message["result"])

    def happens(self, *methods: str, within_s: float) -> bool:
        """Whether these events were told in this order since `events` was cleared, or are within the time."""
        deadline = time.monotonic() + within_s
        try:
            while not self._told(methods):
                self._next(deadline)
        except TimeoutError:
            return False
        return True

    def _told(self, methods: tuple[str, ...]) -> bool:
        told = iter(event["method"] for event in self.events)
        return all(method in told for method in methods)

    def _next(self, deadline: float) -> dict[str, Any]:
        message = json.loads(self._socket.recv(timeout=max(0, deadline - time.monotonic())))
        if "method" in message:
            self.events.append(message)
        return dict(message)


def press_escape(tab: DevTools) -> None:
    """Press Escape and let it go. It reaches the page or the frame that has the focus."""
    for kind in ("rawKeyDown", "keyUp"):
        tab.call("Input.dispatchKeyEvent", type=kind, key="Escape", code="Escape", windowsVirtualKeyCode=27)


@contextmanager
def connected(address: str, within_s: float) -> Iterator[DevTools]:
    # This old end hangs up when it is pinged. A picture is one message of a few hundred kilobytes.
    with connect(
        address,
        open_timeout=within_s,
        close_timeout=1,
        ping_interval=None,
        compression=None,
        max_size=None,
    ) as socket:
        yield DevTools(socket)
