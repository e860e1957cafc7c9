"""Work that would keep the event loop busy, such as decoding a photograph: a few threads and a bounded queue."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from partner_adapters.kit.values.problems import Problem

T = TypeVar("T")


class SideWork:
    """Runs at most `most_running` calls at a time; at most `most_waiting` more wait for at most `wait_s`."""

    def __init__(
        self, busy_code: str, most_running: int = 2, most_waiting: int = 32, wait_s: float = 10
    ) -> None:
        self._busy = Problem(503, busy_code, headers={"retry-after": "5"})
        self._most_waiting = most_waiting
        self._wait_s = wait_s
        self._free = asyncio.Semaphore(most_running)
        self._waiting = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Return what `work` returns. Problem 503 with the busy code if it does not get its turn."""
        if self._waiting >= self._most_waiting:
            raise self._busy
        self._waiting += 1
        try:
            await asyncio.wait_for(self._free.acquire(), self._wait_s)
        except TimeoutError:
            raise self._busy from None
        finally:
            self._waiting -= 1
        running = asyncio.ensure_future(asyncio.to_thread(work))
        # A thread cannot be stopped: its place is free only when it has ended, also if the caller has left.
        running.add_done_callback(lambda _: self._free.release())
        return await asyncio.shield(running)
