"""What a test asks of one tab, whichever browser it is in. Every wait in it ends."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import Any

BECOMES_WITHIN_S = 15
# Without what is hidden.
LEGIBLE = "(document.body ? document.body.innerText : '')"


class BetweenPagesError(Exception):
    """The page that was asked is just being replaced by another."""


class Tab(ABC):
    @abstractmethod
    def open(self, url: str) -> None:
        """Return when the page has loaded."""

    @abstractmethod
    def ask(self, expression: str) -> Any:
        """Return the value of a JavaScript expression. Raises `BetweenPagesError`."""

    @abstractmethod
    def set_cookie(self, name: str, value: str) -> None:
        """Set a cookie of the site whose page is open."""

    def read(self) -> str:
        """Return all that is legible on the page. Raises `BetweenPagesError`."""
        return str(self.ask(LEGIBLE))

    def becomes(self, expression: str) -> str:
        """Wait until the expression is true on the page that stands there then. Return all that was legible until
        then.
        """
        seen, deadline = "", time.monotonic() + BECOMES_WITHIN_S
        while True:
            with suppress(BetweenPagesError):
                legible, is_so = self.ask(f"[{LEGIBLE}, Boolean({expression})]")
                seen += legible
                if is_so:
                    return seen
            assert time.monotonic() < deadline, f"within {BECOMES_WITHIN_S} s this was not so: {expression}"
            time.sleep(0.03)
