"""One engine, one app's page that embeds us, one bank: what every scenario is played on."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from h5app import progress_views
from h5app.progress_views import ProgressView
from partner_adapters.core_bank.events import EventList
from partner_adapters.core_bank.statuses import StatusList
from tests.sdk.engines.host_page import HostPages
from tests.support.browsers.tab import BetweenPagesError, Tab
from tests.support.houses.site import PARTNER, Site
from tests.support.pages.rooms import requests

SETTLES_WITHIN_S = 10
HELP = "/lyg/me/help"  # a page of ours that needs no login
# The same page, told that it stands in a frame. Old browsers do not say so, and ours then speak to no page around them.
TOLD = "/lyg/me/help-in-a-frame"
ENTER = "/lyg/enter"  # whose host does not answer here
BOOKS = "books()"
VISITS = itertools.count()


@dataclass(frozen=True)
class Engine:
    """A browser with one tab. `escape` presses Escape inside the page's frame.

    `classic`: whether the page loads the classic script. `keeps_cookies`: in frames of another site.
    `keeps_pages`: in memory, for its back button. `help`: the page of ours that needs no login.
    """

    tab: Tab
    escape: Callable[[], None]
    classic: bool = False
    keeps_cookies: bool = True
    keeps_pages: bool = True
    help: str = HELP


@dataclass
class Stage:
    """`host` may frame the bank's pages, `stranger` may not. `before`: the page's books when it had just loaded."""

    engine: Engine
    bank: Site
    host: HostPages
    stranger: HostPages
    before: dict[str, Any] | None = None

    @property
    def tab(self) -> Tab:
        return self.engine.tab

    def visit(self, query: str = "", host: HostPages | None = None) -> None:
        """Open the app's page and wait for the module."""
        build = "classic" if self.engine.classic else "module"
        # Each time another address: the same one again would only be loaded again, with the state of its history.
        self.tab.open(f"{(host or self.host).origin}/?{build}&visit={next(VISITS)}&{query}")
        self.becomes("window.Sunbridge")
        self.before = self.ask(BOOKS)

    def ask(self, expression: str) -> Any:
        """Ask the page that stands there; one that is just being replaced is asked again."""
        deadline = time.monotonic() + SETTLES_WITHIN_S
        while True:
            with suppress(BetweenPagesError):
                return self.tab.ask(expression)
            assert time.monotonic() < deadline, f"no page stands still to be asked: {expression}"
            time.sleep(0.05)

    def do(self, statement: str) -> None:
        """Carry out a statement on the page."""
        self.ask(f"(function () {{ {statement}; return true; }}())")

    def becomes(self, expression: str) -> None:
        self.tab.becomes(expression)

    def open(self, path: str, options: str = "mode: 'frame'") -> None:
        """Call `Sunbridge.open` for a page of ours. `options` is JavaScript, as in an object."""
        self.open_with(f"entry: {json.dumps(self.bank.base_url + path)}, {options}")

    def open_with(self, options: str) -> None:
        self.do(f"opened({{partner: 'lyg', {options}}})")

    def progress_url(self) -> str:
        """Return the address of a new progress view, of a loan that was paid out."""
        secret, now, view = token_hex(16), self.bank.clock.wall(), ProgressView("city-7", None)
        self.bank.services.store.write_now(
            lambda conn: progress_views.add(conn, PARTNER, f"prv_{secret[:12]}", secret, view, now)
        )
        statuses, events = requests()["drawn"]
        self.bank.core.says("GET", "/statuses", StatusList(items=statuses, next=None))
        self.bank.core.says("GET", "/events", EventList(items=events, last=9))
        return f"{self.bank.base_url}/{PARTNER}/progress?view={secret}"

    def shown(self, options: str = "mode: 'frame'") -> None:
        """Open a page that needs no login and wait until it is ready."""
        self.open(self.engine.help, options)
        self.becomes("told.length")
        (event,) = self.ask("told")
        assert (event["name"], event["sequence"]) == ("ready", 1), event
        assert event["title"]

    def ended(self, ends: int = 1) -> dict[str, Any]:
        """Return how it ended. By then everything that the module opened on the page is gone again."""
        self.becomes("ended")
        self.nothing_left()
        assert self.ask("ends") == ends
        result: dict[str, Any] = self.ask("ended")
        return result

    def nothing_left(self) -> None:
        assert self.before is not None
        # A timer that only waits for the history may run for half a second more.
        self.becomes(f"books().timers <= {self.before['timers']}")
        assert self.ask(BOOKS) == self.before

    def no_faults(self) -> None:
        """The page met no violation of its policy and no fault of a script."""
        assert self.ask("window.faults || []") == []
