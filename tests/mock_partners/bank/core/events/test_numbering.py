"""Events get their numbers after the commit: in order though commits are not, and whatever dies on the way."""

from __future__ import annotations

import asyncio
import os
from threading import Event as Signal

import pytest
from sqlalchemy import Connection, select

from mock_partners.bank.core.customers.consents import give
from mock_partners.bank.core.events import numbering
from mock_partners.bank.core.events.numbering import NUMBERING, number_events
from mock_partners.bank.core.events.recording import record
from mock_partners.bank.core.events.tables import event
from partner_adapters.core_bank.consents import ConsentGiven, GiveConsents
from partner_adapters.core_bank.events import STATUS_CONSENT
from partner_adapters.kit.durable import crash_points
from tests.mock_partners.bank.core.events.test_events import agree, feed
from tests.support.houses.core import LI, LIU, TestBank

pytestmark = pytest.mark.anyio
on_postgresql = pytest.mark.parametrize(
    "prepared_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)


class Killed(BaseException):
    """The process died here."""


@pytest.fixture
def mortal(monkeypatch: pytest.MonkeyPatch) -> None:
    def die(_pid: int, _signal: int) -> None:
        crash_points.arm("")
        raise Killed

    monkeypatch.setattr(os, "kill", die)


def positions(conn: Connection) -> dict[str, int | None]:
    return dict(map(tuple, conn.execute(select(event.c.event_id, event.c.position))))


@pytest.mark.both_databases
@pytest.mark.usefixtures("mortal")
async def test_a_node_that_dies_around_numbering_loses_no_event_and_numbers_none_twice(
    bank: TestBank,
) -> None:
    customer_account = await bank.account()
    await agree(bank, (await bank.customer()).customer_id)
    await number_events(bank.core)
    last = (await bank.client().events.after(0)).last
    for point in ("before_commit", "after_commit"):
        await bank.top_up(customer_account.account_id, 1_000)
        # The transaction of the top-up is committed, and the node dies before or after its events have numbers.
        before = await bank.store.read(positions)
        crash_points.arm(f"{point}:{NUMBERING}")
        with pytest.raises(Killed):
            await number_events(bank.core)
        between = await bank.store.read(positions)
        assert (between == before) == (point == "before_commit")
        # The next process.
        await number_events(bank.core)
        after = await bank.store.read(positions)
        assert {key: at for key, at in between.items() if at} == {
            key: after[key] for key, at in between.items() if at
        }
        told = (await bank.client().events.after(last)).items
        assert [each.type for each in told] == ["order.created", "order.succeeded"]
        assert [each.position for each in told] == [last + 1, last + 2]
        last += 2
    await bank.prove()


@pytest.mark.both_databases
async def test_more_events_than_one_transaction_numbers_are_all_numbered(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numbering, "BATCH", 2)
    customer_account = await bank.account()
    await agree(bank, (await bank.customer()).customer_id)
    for _ in range(3):
        await bank.top_up(customer_account.account_id, 1_000)
    await number_events(bank.core)
    numbers = sorted((await bank.store.read(positions)).values(), key=lambda at: at or 0)
    assert numbers == list(range(1, len(numbers) + 1))


@on_postgresql
async def test_a_transaction_that_commits_late_gets_the_later_number_and_is_not_stepped_over(
    bank: TestBank,
) -> None:
    late, early = [(await bank.customer(who)).customer_id for who in (LI, LIU)]
    # The text is kept by the first who agrees to it. The second one would wait for that.
    await bank.client().consents.withdraw(late, await agree(bank, late))
    seen = (await feed(bank))[-1].position
    written, go_on, attempts = Signal(), Signal(), list[int]()
    ctx = bank.context()
    text = ctx.text(STATUS_CONSENT)
    command = GiveConsents(consents=[ConsentGiven(**text.pinned())], session_ref="session-1")

    def agree_slowly(conn: Connection) -> None:
        attempts.append(1)
        (given,) = give(conn, ctx, late, command).items
        record(conn, ctx.bank_id, {"consent": [given.consent_id]}, ctx.wall, ctx.now)
        written.set()
        assert go_on.wait(20)

    slow = asyncio.create_task(bank.store.write(agree_slowly))
    assert await asyncio.to_thread(written.wait, 20)
    await agree(bank, early)
    (first,) = [each for each in await feed(bank) if each.position > seen]
    assert (first.type, first.status.customer_ref) == ("consent.given", f"subject of {LIU.key}")
    go_on.set()
    await slow
    # A reader that goes on after what it saw misses nothing. The late event was written first and is numbered last.
    await number_events(bank.core)
    (second,) = (await bank.client().events.after(first.position)).items
    assert (second.status.customer_ref, second.position) == (f"subject of {LI.key}", first.position + 1)
    assert second.occurred_at <= first.occurred_at
    assert len(attempts) == 1
