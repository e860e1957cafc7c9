"""Work in the background goes on after anything that an attempt raises, and its end is noticed."""

import asyncio

import pytest

from partner_adapters.kit.durable.background import Background, repeat
from partner_adapters.kit.observed.readiness import NotReady

pytestmark = pytest.mark.anyio


async def test_no_exception_ends_the_attempts_and_cancelling_does() -> None:
    raised: list[BaseException] = []
    went_on = asyncio.Event()

    async def attempt() -> float:
        # The last one is what a library may raise although nothing has cancelled this task.
        troubles = [RuntimeError(), MemoryError(), RecursionError(), asyncio.CancelledError()]
        if len(raised) < len(troubles):
            raised.append(troubles[len(raised)])
            raise raised[-1]
        went_on.set()
        return 60.0

    task = asyncio.create_task(repeat(attempt, "test.failed", 0))
    await asyncio.wait_for(went_on.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 5)


async def test_work_that_has_ended_is_named() -> None:
    async def end() -> None:
        raise SystemError("ended by itself")

    background = Background()
    async with background.running({"outbox": asyncio.sleep(60), "day close": end()}):
        assert await ended(background) == "has ended: day close"
    assert await ended(background) == "has ended: outbox, day close"


async def ended(background: Background) -> str:
    await asyncio.sleep(0)
    with pytest.raises(NotReady) as raised:
        await background.check()
    return raised.value.cause
