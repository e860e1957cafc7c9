"""Work that runs for as long as its application does: the outbox's worker and the jobs, one task each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any, NoReturn

import structlog

from partner_adapters.kit.observed.readiness import NotReady
from partner_adapters.kit.observed.request_id import new_reference, under_reference

log = structlog.get_logger()


class Background:
    """The tasks of one application, by name."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def running(self, work: Mapping[str, Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
        """Run each piece of `work` as a task, and cancel them all at the end of the block."""
        self._tasks = [asyncio.create_task(one, name=name) for name, one in work.items()]
        try:
            yield
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def check(self) -> None:
        """Check that every task still runs. Raises `NotReady` with the names of those that have ended."""
        if ended := [task.get_name() for task in self._tasks if task.done()]:
            raise NotReady(f"has ended: {', '.join(ended)}")


async def repeat(
    attempt: Callable[[], Awaitable[float]], failed: str, wait_s: float, **fields: str
) -> NoReturn:
    """Call `attempt` again and again, and wait between two calls for the seconds that it returns.

    Only the cancellation of the running task ends it. An exception is logged as the event `failed`, with `fields`, and
    the next attempt begins after `wait_s`. Each attempt has a reference of its own, as a request has.
    """
    while True:
        pause_s = wait_s
        with under_reference(new_reference()):
            try:
                pause_s = await attempt()
            except asyncio.CancelledError:
                # A library may raise it although nothing has cancelled this task.
                if _is_cancelled():
                    raise
                log.exception(failed, **fields)
            except Exception:
                log.exception(failed, **fields)
        await asyncio.sleep(pause_s)


def _is_cancelled() -> bool:
    """Whether the running task was asked to end."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
