"""While the application runs, its later work is done without anybody asking; it stops cleanly and starts again."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.houses.core import LI, TestBank

pytestmark = pytest.mark.anyio
EVERY_S, TRIES = 0.02, 500


async def all_done(bank: TestBank) -> None:
    for _ in range(TRIES):
        if not await bank.unfinished():
            return
        await asyncio.sleep(EVERY_S)
    pytest.fail(f"still to do: {await bank.unfinished()}")


async def test_later_work_is_done_by_the_running_application(bank: TestBank) -> None:
    async with bank.app.router.lifespan_context(bank.app):
        await bank.account(LI)
        await all_done(bank)
    assert len(await bank.messages(LI)) == 1


async def test_what_a_stopped_core_left_undone_the_next_one_does(bank: TestBank) -> None:
    customer = await bank.customer(LI)
    await bank.account(LI)
    assert await bank.unfinished() == ["message.send"]
    async with bank.app.router.lifespan_context(bank.app):
        await all_done(bank)
    assert len(await bank.messages(LI)) == 1
    assert (await bank.client().customers.overview(customer.customer_id)).account is not None
    await bank.prove()


async def test_it_says_whether_it_is_ready(bank: TestBank) -> None:
    for path, body in (("/healthz", {"status": "ok"}), ("/readyz", {"status": "ready", "failed": []})):
        response = await bank.http.send("GET", f"http://core-bank{path}", repeatable=True)
        assert (response.status_code, response.json()) == (200, body)


async def test_it_is_not_ready_once_its_worker_or_a_job_has_ended(bank: TestBank) -> None:
    async with bank.app.router.lifespan_context(bank.app):
        [worker] = [task for task in asyncio.all_tasks() if task.get_name() == "outbox"]
        worker.cancel()
        await asyncio.wait([worker])
        response = await bank.http.send("GET", "http://core-bank/readyz", repeatable=True)
    assert response.status_code == 503
    assert response.json() == {
        "status": "unready",
        "failed": ["work"],
        "causes": {"work": "has ended: outbox"},
    }
