"""How audit rows come about: what commands leave, what the loop links and writes, what a first start signs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from stat import S_IMODE
from threading import Event
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Connection, func, select, update

from mock_partners.bank.core.app import prepare
from mock_partners.bank.core.audit.chain import link_rows
from mock_partners.bank.core.audit.heads import Head, move_head, read_heads
from mock_partners.bank.core.audit.signing import RowSigner
from mock_partners.bank.core.audit.tables import audit_row
from mock_partners.bank.core.customers.tables import customer
from partner_adapters.kit.durable.store import Store
from tests.mock_partners.bank.core.audit.test_proofs_of_audit import HEAD, ROWS, broken
from tests.support.databases.breaking import force
from tests.support.houses.core import LI, LIU, TestBank
from tests.support.people.borrowers import borrow

pytestmark = pytest.mark.anyio
on_postgresql = pytest.mark.parametrize(
    "prepared_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)


def counted(conn: Connection) -> int:
    return conn.execute(select(func.count()).select_from(audit_row)).scalar_one()


def with_keys(bank: TestBank, *keys: str) -> TestBank:
    """The bank as a node with these keys sees it."""
    secrets = tuple(SecretStr(key) for key in keys)
    settings = bank.core.settings.model_copy(update={"audit_keys": secrets})
    return replace(bank, core=replace(bank.core, settings=settings))


def counted_without_events(conn: Connection) -> int:
    """Each event has one more."""
    query = select(func.count()).select_from(audit_row).where(audit_row.c.table_name != "event")
    return conn.execute(query).scalar_one()


async def test_a_top_up_leaves_one_audit_row_a_repayment_two_and_a_draw_three(bank: TestBank) -> None:
    borrower = await borrow(bank, funds_fen=100_000)
    loan_id = await borrower.drawn(1_000_000)
    before = await bank.store.read(counted_without_events)
    await bank.top_up(borrower.account_id, 10_000)
    await borrower.repay(loan_id, "part", 50_000)
    # Their orders, and the repayment. A draw has its order, its evidence and its loan.
    assert await bank.store.read(counted_without_events) == before + 3
    await borrower.drawn(1_000_000)
    assert await bank.store.read(counted_without_events) == before + 6


async def test_the_head_is_written_for_its_owner_alone_and_never_moves_back(bank: TestBank) -> None:
    file = bank.core.settings.audit_head
    await bank.customer()
    await link_rows(bank.core)
    head = read_heads(file)["hzw"]
    assert sum(each.position for each in read_heads(file).values()) == await bank.store.read(counted)
    assert S_IMODE(file.stat().st_mode) == 0o600
    await bank.account()
    await link_rows(bank.core)
    assert read_heads(file)["hzw"].position > head.position


async def test_a_head_that_was_begun_anew_meanwhile_is_not_written_over(bank: TestBank) -> None:
    file = bank.core.settings.audit_head
    await bank.customer()
    await link_rows(bank.core)
    before = read_heads(file)["hzw"]
    file.unlink()
    move_head(file, "hzw", before, Head(before.position + 1, "next"), bank.clock.wall())
    assert not file.exists()


@on_postgresql
async def test_a_transaction_that_commits_late_is_linked_after_those_before_it(bank: TestBank) -> None:
    late = (await bank.customer(LI)).customer_id
    await bank.prove()
    written, go_on = Event(), Event()

    def change(conn: Connection, customer_id: str, wait: Callable[[], Any]) -> None:
        conn.execute(update(customer).where(customer.c.customer_id == customer_id).values(lang="en"))
        wait()

    def wait() -> None:
        written.set()
        assert go_on.wait(20)

    waiting = asyncio.create_task(
        bank.store.write(partial(change, customer_id=late, wait=wait), queue=bank.context().queue_of(late))
    )
    assert await asyncio.to_thread(written.wait, 20)
    bank.clock.advance(timedelta(seconds=1))
    await bank.customer(LIU)
    await link_rows(bank.core)
    linked = read_heads(bank.core.settings.audit_head)["hzw"]
    go_on.set()
    await waiting
    await link_rows(bank.core)
    assert read_heads(bank.core.settings.audit_head)["hzw"].position == linked.position + 1


@on_postgresql
async def test_two_nodes_link_each_row_once_and_each_writes_its_own_head(bank: TestBank) -> None:
    other = Store(bank.store.url)
    head = bank.core.settings.audit_head.with_name("other_head.json")
    settings = bank.core.settings.model_copy(update={"audit_head": head})
    node = replace(bank.core, store=other, settings=settings)
    await bank.account()
    await asyncio.gather(link_rows(bank.core), link_rows(node))
    await link_rows(node)
    other.close()
    assert read_heads(head) == read_heads(bank.core.settings.audit_head)


@pytest.mark.both_databases
async def test_what_stood_before_the_upgrade_is_signed_at_the_first_start_and_only_then(
    bank: TestBank,
) -> None:
    await bank.account()
    force(bank, "DELETE FROM audit_row")
    await prepare(bank.core)
    await bank.prove()
    # No upgrade, but a thief: the head file says that there was a chain.
    force(bank, "UPDATE customer SET name = '王五'")
    force(bank, "DELETE FROM audit_row")
    await prepare(bank.core)
    assert {ROWS, HEAD} <= (await broken(bank)).keys()
    # An operator restored a backup, looked at it, and deleted the head file.
    bank.core.settings.audit_head.unlink()
    await prepare(bank.core)
    await bank.prove()


@pytest.mark.breaks_the_books
async def test_a_new_key_signs_and_the_old_one_still_checks(bank: TestBank) -> None:
    account = await bank.account()
    old = bank.core.settings.audit_keys[0].get_secret_value()
    rotated = with_keys(bank, "a new key that is used from today on", old)
    store = Store(bank.store.url)
    RowSigner(rotated.core.settings, bank.clock).watch(store)
    store.write_now(lambda conn: conn.execute(update(customer).values(lang="en")))
    store.close()
    assert await broken(rotated) == {}
    forgotten = (await broken(with_keys(bank, "a new key that is used from today on")))[ROWS]
    assert f"account {account.account_id}" in forgotten
    assert not [subject for subject in forgotten if subject.startswith("customer ")]
