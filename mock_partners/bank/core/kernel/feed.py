"""Who waits for events in this process: the loop that numbers them, and the requests that answer them.

No request asks the database while it waits. The loop tells what it found, and each request is woken by the events of
its own partner.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress

from partner_adapters.kit.values.clock import monotonic
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.errors import RETRY_SOON

# The partner of a bank, whose requests wait together.
Reader = tuple[str, str]
# Requests of one partner that wait in this process. It needs one for each of its servers; more are a fault of theirs.
MOST_WAITING = 100


class EventFeed:
    """The newest position of each reader that this process knows, and how both sides wake each other."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._written = asyncio.Event()
        self._newest: dict[Reader, int] = {}
        self._waiting: dict[Reader, asyncio.Event] = {}
        self._requests: Counter[Reader] = Counter()
        self.is_ended = False

    def begin(self) -> None:
        """Let other threads wake the loop that runs here."""
        self._loop = asyncio.get_running_loop()

    def wake_numbering(self) -> None:
        """Let the loop number what was just committed. Any thread may call it."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._written.set)

    async def wait_for_written(self, most_s: float) -> None:
        """Wait until something was committed in this process, or for `most_s`: another node may have committed."""
        await _wait(self._written, most_s)
        self._written.clear()

    def tell(self, newest: Mapping[Reader, int]) -> None:
        """Wake the requests of each reader whose events were numbered."""
        for reader, position in newest.items():
            self._newest[reader] = position
            if waiting := self._waiting.pop(reader, None):
                waiting.set()

    def newest(self, reader: Reader) -> int:
        """Return the newest position that was told of this reader; 0 before the first."""
        return self._newest.get(reader, 0)

    @property
    def has_requests(self) -> bool:
        """Whether a request waits here, so that what other nodes numbered must be looked for."""
        return self._requests.total() > 0

    def end_waits(self) -> None:
        """Let requests wait no more: the server ends."""
        self.is_ended = True
        for waiting in self._waiting.values():
            waiting.set()

    async def wait_after(self, reader: Reader, position: int, most_s: float) -> None:
        """Wait until a later position of this reader is told, the server ends, or for `most_s` seconds.

        Problem 429 `events.too_many_waiting`.
        """
        if self._requests[reader] >= MOST_WAITING:
            raise Problem(429, "events.too_many_waiting", headers=RETRY_SOON)
        until = monotonic() + most_s
        self._requests[reader] += 1
        try:
            while (
                not self.is_ended and self.newest(reader) <= position and (left_s := until - monotonic()) > 0
            ):
                await _wait(self._waiting.setdefault(reader, asyncio.Event()), left_s)
        finally:
            self._requests[reader] -= 1


async def _wait(event: asyncio.Event, most_s: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(most_s):
            await event.wait()
