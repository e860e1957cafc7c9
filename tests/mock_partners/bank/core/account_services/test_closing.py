"""An account is closed when it is empty and nothing is under way. It can still be read, and refunds are kept."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from mock_partners.bank.core import ledger
from mock_partners.bank.core.account_services.transfers import settle
from mock_partners.bank.core.due_diligence.tables import identity_image
from mock_partners.bank.core.kernel.account_roles import SUSPENSE
from mock_partners.bank.core.reconciliation.card_transfers import TRANSFERS
from mock_partners.testing.people.personas import Person
from mock_partners.testing.worlds.faults import Fault
from partner_adapters.card_network.wire import TransferState
from partner_adapters.core_bank.accounts import Account
from partner_adapters.core_bank.closings import CloseAccount
from partner_adapters.core_bank.differences import Resolution
from partner_adapters.core_bank.freezes import FreezeByBank
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.kit.values.problems import Problem
from tests.mock_partners.bank.core.account_services.test_top_ups import notice, send_notice
from tests.support.databases.breaking import seen
from tests.support.houses.core import LI, LIU, WANG, TestBank, new_intent
from tests.support.houses.esign_stand_in import ESignStandIn
from tests.support.people.applicants import borrower
from tests.support.people.borrowers import books_hold, borrow
from tests.support.people.operators import confirm, propose, resolve

pytestmark = pytest.mark.anyio
RULE = "accounts.closed_as_ordered"
BREACHES = [
    ("UPDATE customer_order SET state = 'failed' WHERE kind = 'account_closing'", RULE),
    ("UPDATE account SET closed_by_intent = 'another' WHERE state = 'closed'", RULE),
    ("UPDATE evidence_used SET action = 'drawdown' WHERE action = 'account_closing'", RULE),
    ("UPDATE ledger_account SET balance_fen = 1 WHERE role = 'wallet'", RULE),
    ("UPDATE credit_line SET state = 'open'", RULE),
    ("UPDATE loan SET state = 'active'", RULE),
    ("UPDATE consent SET ended_at = NULL WHERE purpose = 'account_terms'", RULE),
    ("UPDATE identity_image SET keep_until = NULL", RULE),
]


async def kinds(bank: TestBank, account_id: str) -> list[tuple[str, int | None]]:
    found = await bank.client().closings.get(account_id)
    return [(each.kind, each.amount_fen) for each in found.obstacles]


async def closed(bank: TestBank, account_id: str, intent: str | None = None, who: Person = LI) -> Order:
    shown = await bank.client().closings.get(account_id)
    command = CloseAccount(
        gives_up=[each.contract_id for each in shown.gives_up], evidence=bank.evidence(who)
    )
    return await bank.client().closings.close(account_id, command, intent or new_intent())


async def opened_again(bank: TestBank, who: Person = LI) -> Account:
    bank.clock.advance(timedelta(minutes=1))
    customer = await bank.customer(who)
    command = await bank.open_command(who, customer.customer_id)
    order = await bank.client().accounts.open(customer.customer_id, command, new_intent())
    return await bank.client().accounts.get(order.result["account_id"])


async def test_what_stands_in_the_way_is_listed_in_the_order_in_which_it_is_cleared(bank: TestBank) -> None:
    li = await borrow(bank)
    loan_id = await li.drawn(1_000_000)
    bank.wires.faults["card_network"].add(Fault(kind="down", times=1))
    await bank.client().top_ups.start(li.account_id, TopUp(amount_fen=10_000), new_intent())
    await bank.client().freezes.freeze(li.account_id, new_intent())
    number = (await bank.client().accounts.get(li.account_id)).account_number
    by_bank = FreezeByBank(account_number=number or "", reason="check", note="?")
    await bank.staff_freezes().freeze(by_bank, new_intent())
    balance_fen = await li.balance()
    assert await kinds(bank, li.account_id) == [
        ("frozen", None),
        ("frozen_by_bank", None),
        ("order", 10_000),
        ("loan", 1_000_000),
        ("balance", balance_fen),
    ]
    command = CloseAccount(gives_up=[], evidence=bank.evidence(WANG))
    with pytest.raises(Problem, match=r"401 step_up\.required"):
        await bank.client().closings.close(li.account_id, command, new_intent())
    with pytest.raises(Problem, match=r"409 account\.not_closable") as refused:
        await closed(bank, li.account_id)
    assert refused.value.params == {"kind": "frozen"}
    assert (await li.loan(loan_id)).state == "active"
    await bank.work()
    await books_hold(bank)


async def empty_borrower(bank: TestBank) -> str:
    """An account with a repaid loan under an open line, emptied."""
    li = await borrow(bank, funds_fen=50_000)
    loan_id = await li.drawn(1_000_000)
    await li.repay(loan_id, "full")
    await bank.withdraw(li.account_id, await li.balance())
    assert await kinds(bank, li.account_id) == []
    return li.account_id


async def test_closing_ends_line_and_agreement_and_leaves_what_was_to_be_read(bank: TestBank) -> None:
    account_id, client = await empty_borrower(bank), bank.client()
    stale = CloseAccount(gives_up=[], evidence=bank.evidence())
    with pytest.raises(Problem, match=r"409 account\.gives_up_more"):
        await client.closings.close(account_id, stale, new_intent())
    intent = new_intent()
    order = await closed(bank, account_id, intent)
    assert (order.kind, order.state) == ("account_closing", "succeeded")
    assert await client.orders.get(intent) == order
    with pytest.raises(Problem, match=r"409 account\.not_open"):
        await closed(bank, account_id)
    customer = await bank.customer()
    overview = await client.customers.overview(customer.customer_id)
    assert overview.account is None
    assert overview.identification is not None
    (former,) = overview.former_accounts
    assert (former.account_id, former.closed_on) == (account_id, date(2026, 11, 24))
    assert [line.state for line in overview.lines] == ["ended"]
    entries = (await client.accounts.entries(account_id)).items
    assert [entry.kind for entry in entries] == ["withdrawal", "repayment", "drawdown", "top_up"]
    ended = {each.purpose for each in await client.consents.all(customer.customer_id) if each.ended_at}
    assert {"account_terms", "card_debit"} == ended
    await bank.work()
    assert (await bank.messages(LI))[0].kind == "account_closed"
    again = await opened_again(bank)
    assert again.account_id != account_id
    assert (await client.customers.overview(customer.customer_id)).former_accounts == [former]
    await bank.top_up(again.account_id, 5_000)
    kept = select(identity_image.c.keep_until).order_by(identity_image.c.stored_at)
    days = await bank.store.read(lambda conn: list(conn.execute(kept).scalars()))
    assert days == [date(2036, 11, 24)] * 2 + [None] * 2
    await books_hold(bank)


async def test_an_offer_that_is_not_signed_ends_with_the_account(bank: TestBank) -> None:
    ESignStandIn().connect(bank)
    li = await borrower(bank)
    await li.check_list()
    contract = await li.contract()
    account = (await bank.client().customers.overview(li.customer_id)).account
    assert account is not None
    shown = await bank.client().closings.get(account.account_id)
    assert [(each.kind, each.contract_id) for each in shown.gives_up] == [("offer", contract.contract_id)]
    assert (await closed(bank, account.account_id)).state == "succeeded"
    assert (await bank.client().contracts.get(contract.contract_id)).state == "void"
    assert (await bank.client().applications.get(contract.application_id)).state == "cancelled"
    await books_hold(bank)


@pytest.mark.parametrize("goes", ["to_account", "to_card"])
async def test_what_comes_back_to_a_closed_account_is_kept_and_goes_to_the_next_one_or_to_the_card(
    bank: TestBank, goes: Resolution
) -> None:
    account = await bank.funded_account(LI, 10_000)
    order = await bank.withdraw(account.account_id, 10_000)
    await closed(bank, account.account_id)
    settled = await bank.core.card_network.transfer("hzw", order.intent)
    late = settled.model_copy(update={"state": TransferState.FAILED, "code": "card.closed"})
    ctx = bank.context()
    await bank.store.write(lambda conn: settle(conn, ctx, TRANSFERS, late, "card_network.notice"))
    # The card of the closed account, because the customer opens none again.
    again = await opened_again(bank) if goes == "to_account" else account
    if again is not account:
        assert await kinds(bank, again.account_id) == [("difference", None)]
    [found] = (await bank.differences().newest()).items
    await resolve(bank, await bank.differences().get(found.difference_id), "reversal")
    assert bank.store.read_now(lambda conn: ledger.balance(conn, "hzw", SUSPENSE)) == 10_000
    ended = await bank.client().orders.get(order.intent)
    assert (ended.state, ended.reason and ended.reason.code) == ("failed", "transfer.refund_held")
    assert any("这笔钱由银行替您单独保管" in message.text for message in await bank.messages(LI))
    await books_hold(bank)
    [held] = [each for each in (await bank.differences().newest()).items if each.code == "account.closed"]
    await resolve(bank, await bank.differences().get(held.difference_id), goes, again.account_id)
    kept_fen = 10_000 if goes == "to_account" else 0
    assert (await bank.client().accounts.get(again.account_id)).balance_fen == kept_fen
    assert bank.store.read_now(lambda conn: ledger.balance(conn, "hzw", SUSPENSE)) == 0
    ended = await bank.client().orders.get(order.intent)
    said = {"to_account": "transfer.credited", "to_card": "transfer.refunded"}
    assert ended.reason is not None
    assert ended.reason.code == said[goes]
    assert (await bank.client().accounts.get(account.account_id)).balance_fen == 0
    await books_hold(bank)


async def test_what_an_old_top_up_brought_after_all_is_not_booked_to_the_next_account(bank: TestBank) -> None:
    former = await bank.account(LIU)
    order = await bank.top_up(former.account_id, 10_000)
    await closed(bank, former.account_id, who=LIU)
    late = notice(bank, intent=order.intent)
    again = await opened_again(bank, LIU)
    assert await send_notice(bank, late) == 422
    [found] = (await bank.differences().newest()).items
    found = await bank.differences().get(found.difference_id)
    proposal = await propose(bank, found, "late_success")
    with pytest.raises(Problem, match=r"account\.not_open"):
        await confirm(bank, found, proposal)
    await resolve(bank, found, "suspense")
    assert bank.store.read_now(lambda conn: ledger.balance(conn, "hzw", SUSPENSE)) == 10_000
    assert (await bank.client().accounts.get(again.account_id)).balance_fen == 0
    await books_hold(bank)


@pytest.mark.both_databases
async def test_a_closing_and_a_top_up_at_once_end_in_one_or_the_other(bank: TestBank) -> None:
    account = await bank.account()
    top_up = TopUp(amount_fen=10_000)
    ended = await asyncio.gather(
        closed(bank, account.account_id),
        bank.client().top_ups.start(account.account_id, top_up, new_intent()),
        return_exceptions=True,
    )
    refused = [each.code for each in ended if isinstance(each, Problem)]
    assert refused in (["account.not_closable"], ["account.not_open"]), ended
    await bank.work()
    await books_hold(bank)


@pytest.mark.both_databases
async def test_the_database_closes_no_account_with_money_and_gives_a_closed_one_none(bank: TestBank) -> None:
    account = await bank.funded_account(LI, 10_000)

    def write(statement: str) -> None:
        with pytest.raises(IntegrityError, match=r"accounts: an account is closed once"):
            bank.store.write_now(lambda conn: conn.execute(text(statement)))

    closing = "UPDATE account SET state = 'closed', closed_on = '2026-11-24', closed_by_intent = 'x'"
    write(closing)
    await bank.withdraw(account.account_id, 10_000)
    await closed(bank, account.account_id)
    write("UPDATE account SET state = 'open', closed_on = NULL, closed_by_intent = NULL")
    await books_hold(bank)


@pytest.mark.parametrize("prepared_url", ["sqlite"], indirect=True)
async def test_each_breach_is_seen(bank: TestBank) -> None:
    await closed(bank, await empty_borrower(bank))
    await seen(bank, BREACHES)
