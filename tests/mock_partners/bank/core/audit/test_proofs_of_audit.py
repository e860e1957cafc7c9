"""The audit names every change of a signed row that no command made, also by the owner of the database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from mock_partners.bank.core.audit.chain import link_rows
from mock_partners.bank.core.audit.proofs import LINKED_WITHIN
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.proof import ComputedProof, Pair, prove
from mock_partners.bank.core.rooms import PROOFS
from partner_adapters.core_bank.addresses import ChangeAddress
from partner_adapters.core_bank.text_messages import ChooseTextMessages
from partner_adapters.kit.durable.store import Store
from tests.support.databases.breaking import force
from tests.support.databases.keeping import keep
from tests.support.houses.core import LI, TestBank, new_intent

pytestmark = [pytest.mark.anyio, pytest.mark.breaks_the_books]
ROWS, CHAIN, HEAD = (
    f"audit.{name}" for name in ("rows_are_as_signed", "chain_is_whole", "chain_reaches_its_head")
)
FORGED = "SELECT bank_id, 'forged', customer_id, purpose, sha256, partner, session_ref, given_at FROM consent"
COLUMNS = "bank_id, consent_id, customer_id, purpose, sha256, partner, session_ref, given_at"
# What is done in SQL, the rule that names it, and how the first pair that differs begins.
CHEATS = [
    ("UPDATE customer SET name = '王五'", ROWS, "customer "),
    ("UPDATE bound_card SET card_token = 'of a thief'", ROWS, "bound_card "),
    ("UPDATE consent SET ended_at = 1", ROWS, "consent "),
    ("DELETE FROM bound_card", ROWS, "bound_card "),
    (f"INSERT INTO consent ({COLUMNS}) {FORGED} LIMIT 1", ROWS, "consent forged"),
    ("UPDATE audit_row SET gone = NOT gone WHERE table_name = 'account'", ROWS, "account "),
    ("UPDATE audit_row SET made_at = made_at + 1 WHERE position = 3", CHAIN, ""),
    ("UPDATE audit_row SET version = version + 7 WHERE position = 3", CHAIN, ""),
    # No such time can be read.
    ("UPDATE audit_row SET made_at = 9000000000000000000 WHERE position = 3", CHAIN, "not compared"),
    ("DELETE FROM audit_row WHERE position = 4", CHAIN, "positions 4 to 4"),
    ("DELETE FROM audit_row WHERE position > 4", HEAD, "hzw"),
    # Everything unlinked, for the core to link again without one row.
    ("UPDATE audit_row SET position = NULL, link = NULL", HEAD, "hzw"),
]
SAYS_GONE = """
    INSERT INTO audit_row (bank_id, table_name, row_key, version, gone, made_at, key_id, mac)
    SELECT bank_id, table_name, row_key, version + 1, NOT gone, made_at, key_id, mac FROM audit_row
    WHERE table_name = 'bound_card'
"""
BREACHES = [(statement, rule) for statement, rule, _ in CHEATS]


async def broken(bank: TestBank) -> dict[str, list[str]]:
    """The audit's rules that do not hold, each with the subjects of the pairs that differ."""
    report = await bank.proof()
    return {
        item.name: [breach.subject for breach in item.breaches]
        for item in report.items
        if item.name.startswith("audit.") and not item.holds
    }


@pytest.mark.both_databases
async def test_what_no_command_did_is_named(bank: TestBank) -> None:
    await bank.account()
    await bank.prove()
    kept, whole = keep(bank.store.url), bank.core.settings.audit_head.read_text()
    for statement, rule, subject in CHEATS:
        force(bank, statement)
        found = await broken(bank)
        assert rule in found, (statement, found)
        assert any(each.startswith(subject) for each in found[rule]), (statement, found)
        assert bank.core.settings.audit_head.read_text() == whole, statement
        kept.give_back()
    await bank.prove()


@pytest.mark.both_databases
async def test_an_older_copy_of_a_row_with_its_audit_row_is_named(bank: TestBank) -> None:
    account = await bank.account()
    customer_id = (await bank.customer()).customer_id
    before = await bank.store.read(
        lambda conn: conn.exec_driver_sql("SELECT address, stated_at FROM particulars").one()
    )
    bank.clock.advance(timedelta(days=1))
    await bank.client().addresses.change(
        customer_id, ChangeAddress(address="江苏省东海县新村9号"), new_intent()
    )
    await bank.prove()
    older = f"address = '{before.address}', stated_at = {before.stated_at}"
    force(bank, f"UPDATE particulars SET {older}")  # noqa: S608 (a forgery of our own)
    assert await broken(bank) == {ROWS: [f"particulars {account.account_id}"]}
    force(bank, "DELETE FROM audit_row WHERE table_name = 'particulars' AND version = 2")
    # It was the newest of the chain. An older one would leave a gap.
    assert await broken(bank) == {HEAD: ["hzw"]}


@pytest.mark.both_databases
async def test_a_deletion_that_no_command_signed_is_named(bank: TestBank) -> None:
    account = await bank.account()
    await bank.prove()
    force(bank, "DELETE FROM bound_card")
    force(bank, SAYS_GONE)
    await link_rows(bank.core)
    assert await broken(bank) == {ROWS: [f"bound_card {account.account_id}"]}


@pytest.mark.both_databases
async def test_an_older_copy_of_the_whole_database_is_named(bank: TestBank) -> None:
    await bank.customer()
    await link_rows(bank.core)
    older = keep(bank.store.url)
    await bank.account()
    await bank.prove()
    older.give_back()
    assert await broken(bank) == {HEAD: ["hzw"]}
    # A chain that grows again does not make up for what is missing.
    await bank.account()
    assert HEAD in await broken(bank)


async def test_a_chain_that_grows_while_the_proof_reads_breaks_nothing(bank: TestBank) -> None:
    await bank.customer()
    loop = asyncio.get_running_loop()

    def grow(_conn: Connection, _ctx: Context) -> Iterator[Pair]:
        asyncio.run_coroutine_threadsafe(link_rows(bank.core), loop).result()
        yield from ()

    first, *others = PROOFS
    rules = [first, ComputedProof("the chain grows", grow), *others]
    reading = Store(bank.store.url)  # SQLite: a store has one reader, which the chain needs too
    report = await asyncio.to_thread(reading.read_now, lambda conn: prove(conn, bank.context(), rules))
    reading.close()
    assert [item.name for item in report.items if not item.holds] == []


async def test_a_row_that_waits_too_long_for_its_link_is_named(bank: TestBank) -> None:
    await bank.customer()

    def rules() -> dict[str, bool]:
        report = bank.store.read_now(lambda conn: prove(conn, bank.context(), PROOFS))
        return {item.name: item.holds for item in report.items}

    bank.clock.advance(LINKED_WITHIN)
    assert rules()[CHAIN]
    bank.clock.advance(timedelta(seconds=1))
    assert not rules()[CHAIN]


async def test_a_command_hides_no_forgery_in_the_row_that_it_changes(bank: TestBank) -> None:
    customer = await bank.customer(LI)
    await bank.prove()
    force(bank, "UPDATE customer SET name = '王五'")
    chosen = ChooseTextMessages(lang="en")
    await bank.client().text_messages.choose(customer.customer_id, chosen, new_intent())
    assert await broken(bank) == {ROWS: [f"customer {customer.customer_id}"]}
