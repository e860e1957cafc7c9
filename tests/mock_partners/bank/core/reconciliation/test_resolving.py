"""Two persons resolve a difference. What they decided is booked once, the customer is told, and the proof holds."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from mock_partners.bank.core import ledger
from mock_partners.bank.core.kernel.account_roles import SUSPENSE
from mock_partners.bank.core.reconciliation.settlement import reconcile_days
from mock_partners.outside.card_network.tables import transfer
from mock_partners.testing.worlds.faults import Fault
from partner_adapters.card_network.wire import Settlement, Transfer, TransferState
from partner_adapters.core_bank.differences import Difference
from partner_adapters.core_bank.freezes import FreezeByBank
from partner_adapters.core_bank.orders import OrderState
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.kit.values.problems import Problem
from tests.mock_partners.bank.core.account_services.test_top_ups import notice, send_notice
from tests.mock_partners.bank.core.account_services.test_withdrawals import arm
from tests.support.databases.breaking import seen
from tests.support.houses.core import LI, LIU, TestBank, new_intent
from tests.support.people.operators import confirm, propose, resolve

pytestmark = pytest.mark.anyio
FIRST = date(2026, 11, 24)
DAY = timedelta(days=1)


async def only(bank: TestBank, code: str) -> Difference:
    [found] = [each for each in (await bank.differences().newest()).items if each.code == code]
    return await bank.differences().get(found.difference_id)


async def texts(bank: TestBank, who: Any = LI) -> list[str]:
    return [message.kind for message in await bank.messages(who)]


def held_fen(bank: TestBank) -> int:
    return bank.store.read_now(lambda conn: ledger.balance(conn, bank.context().bank_id, SUSPENSE))


async def late_success(bank: TestBank) -> tuple[str, str, Difference]:
    """A top-up that the network refused, and a genuine notice that it succeeded after all."""
    account = await bank.account(LIU)
    order = await bank.top_up(account.account_id, 10_000)
    assert order.state is OrderState.FAILED
    assert await send_notice(bank, notice(bank, intent=order.intent)) == 422
    return account.account_id, order.intent, await only(bank, "transfer.late_success")


async def test_a_late_success_is_booked_by_two_persons_once(bank: TestBank) -> None:
    account_id, intent, found = await late_success(bank)
    assert (found.state, found.resolutions) == ("open", ["late_success", "suspense", "nothing"])
    proposal, key = await propose(bank, found, "late_success"), new_intent()
    for refused, who, code in (
        (proposal, "clerk", "difference.same_person"),
        (proposal, "trainee", "difference.above_limit"),
        (proposal + 1, "supervisor", "difference.replaced"),
    ):
        with pytest.raises(Problem) as problem:
            await confirm(bank, found, refused, who)
        assert problem.value.code == code
    assert (await bank.client().accounts.get(account_id)).balance_fen == 0
    for _ in range(2):  # the same command gets the same answer
        shown = await confirm(bank, found, proposal, key=key)
    assert [step.operator for step in shown.steps] == ["clerk-hzw", "supervisor-hzw"]
    assert (shown.state, shown.resolutions) == ("resolved", [])
    with pytest.raises(Problem, match=r"difference\.resolved"):
        await confirm(bank, found, proposal)
    await bank.work()
    order = await bank.client().orders.get(intent)
    assert (order.state, order.reason) == (OrderState.SUCCEEDED, None)
    [entry] = (await bank.client().accounts.entries(account_id)).items
    assert (entry.kind, entry.amount_fen, entry.reference) == ("top_up", 10_000, order.reference)
    assert "top_up" in await texts(bank, LIU)
    assert await send_notice(bank, notice(bank, intent=intent)) == 204
    bank.clock.advance(DAY)  # the network's file does not list it, and two persons know why
    await reconcile_days(bank.core)
    [day] = (await bank.differences().days()).items
    assert (day.day, day.explained, day.missing_there, day.differences) == (FIRST, 1, 0, 0)


@pytest.mark.both_databases
async def test_two_confirmations_at_once_book_once(bank: TestBank) -> None:
    account_id, _, found = await late_success(bank)
    proposal = await propose(bank, found, "late_success")
    both = [confirm(bank, found, proposal) for _ in range(4)]
    ended = await asyncio.gather(*both, return_exceptions=True)
    refused = {each.code for each in ended if isinstance(each, Problem)}
    assert (sum(isinstance(each, Difference) for each in ended), refused) == (1, {"difference.resolved"})
    assert (await bank.client().accounts.get(account_id)).balance_fen == 10_000


@pytest.mark.both_databases
async def test_a_confirmation_and_the_true_notice_at_once_book_the_money_once(bank: TestBank) -> None:
    account, intent = await bank.account(), new_intent()
    await bank.client().top_ups.start(account.account_id, TopUp(amount_fen=10_000), intent)
    assert await send_notice(bank, notice(bank, intent=intent, amount="100.01")) == 422
    found = await only(bank, "transfer.amount_differs")
    proposal = await propose(bank, found, "suspense")
    status, ended = await asyncio.gather(
        send_notice(bank, notice(bank, intent=intent)), confirm(bank, found, proposal), return_exceptions=True
    )
    order = await bank.client().orders.get(intent)
    balance_fen = (await bank.client().accounts.get(account.account_id)).balance_fen
    if isinstance(
        ended, Problem
    ):  # the notice came first, so another amount would be booked than was proposed
        assert (ended.code, status, order.state) == ("difference.changed", 204, OrderState.SUCCEEDED)
        assert (balance_fen, held_fen(bank)) == (10_000, 0)
    else:
        assert (status, order.state) == (204, OrderState.FAILED)
        assert (balance_fen, held_fen(bank)) == (0, 10_001)
    await bank.work()


async def test_money_that_no_order_knows_goes_through_suspense_to_its_owner(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, given = await bank.account(), bank.core.card_network.settlement
    strange = Transfer(
        transfer_id="T9", intent=new_intent(), kind="debit", state=TransferState.SUCCEEDED, amount_fen=7_700
    )

    async def settlement(bank_id: str, day: date) -> Settlement:
        true = await given(bank_id, day)
        listed = bank_id == "hzw" and day == FIRST
        more = {"items": [*true.items, strange], "debits_fen": true.debits_fen + strange.amount_fen}
        return true.model_copy(update=more) if listed else true

    monkeypatch.setattr(bank.core.card_network, "settlement", settlement)
    await bank.top_up(account.account_id, 10_000)
    bank.clock.advance(DAY)
    await reconcile_days(bank.core)
    [day] = (await bank.differences().days()).items
    assert (day.transfers, day.matched, day.missing_here, day.differences) == (2, 1, 1, 1)
    await resolve(bank, await only(bank, "transfer.unknown"), "suspense")
    assert held_fen(bank) == 7_700
    [held] = [each for each in (await bank.differences().newest()).items if each.state == "open"]
    assert (held.source, held.subject) == ("suspense", strange.intent)
    with pytest.raises(Problem, match=r"account\.unknown"):
        await propose(bank, held, "to_account")  # whose it is, a person finds out
    await resolve(bank, held, "to_account", account.account_id)
    assert held_fen(bank) == 0
    entry, _ = (await bank.client().accounts.entries(account.account_id)).items
    assert (entry.kind, entry.direction, entry.amount_fen) == ("suspense_release", "in", 7_700)
    assert (await texts(bank))[0] == "suspense_credited"
    bank.clock.advance(DAY)
    await reconcile_days(bank.core)  # no file lists it again


async def missing_there(bank: TestBank) -> tuple[str, str, Difference]:
    """A top-up that was booked, and that the network's file of the day does not list."""
    account = await bank.account()
    order = await bank.top_up(account.account_id, 10_000)
    moved = update(transfer).where(transfer.c.intent == order.intent).values(settled_on=FIRST - 9 * DAY)
    await bank.network.store.write(lambda conn: conn.execute(moved))
    bank.clock.advance(DAY)
    await reconcile_days(bank.core)
    return account.account_id, order.intent, await only(bank, "transfer.not_settled")


async def test_what_the_network_never_moved_is_reversed_and_the_order_says_so(bank: TestBank) -> None:
    account_id, intent, found = await missing_there(bank)
    [day] = (await bank.differences().days()).items
    assert (day.matched, day.missing_there, day.differences) == (0, 1, 1)
    await resolve(bank, found, "reversal")
    order = await bank.client().orders.get(intent)
    assert order.reason is not None
    assert (order.state, order.reason.code, order.seen_at) == (OrderState.FAILED, "transfer.reversed", None)
    back, top_up = (await bank.client().accounts.entries(account_id)).items
    assert (back.kind, back.direction, back.amount_fen, back.balance_after_fen) == (
        "reversal",
        "out",
        10_000,
        0,
    )
    assert top_up.kind == "top_up"  # nothing is edited
    assert (await texts(bank))[0] == "transfer_reversed_out"


async def test_a_later_proposal_replaces_the_one_that_waits(bank: TestBank) -> None:
    _, _, found = await missing_there(bank)
    earlier = await propose(bank, found, "reversal")
    later = await propose(bank, found, "nothing", "supervisor")
    with pytest.raises(Problem, match=r"difference\.replaced"):
        await confirm(bank, found, earlier)
    shown = await confirm(bank, found, later, "clerk")
    assert [step.action for step in shown.steps] == ["reversal", "nothing", "nothing"]


async def test_older_news_is_a_difference_and_never_a_step_back(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await bank.account()
    order = await bank.top_up(account.account_id, 10_000)
    assert await send_notice(bank, notice(bank, intent=order.intent, state="failed")) == 422
    given = bank.core.card_network.settlement

    async def settlement(bank_id: str, day: date) -> Settlement:
        true = await given(bank_id, day)
        running = [each.model_copy(update={"state": TransferState.PROCESSING}) for each in true.items]
        return true.model_copy(update={"items": running})

    monkeypatch.setattr(bank.core.card_network, "settlement", settlement)
    bank.clock.advance(DAY)
    await reconcile_days(bank.core)
    found = (await bank.differences().newest()).items
    assert {(each.source, each.code) for each in found} == {
        ("card_network.notice", "transfer.older_news"),
        ("card_network.settlement", "transfer.older_news"),
    }
    [day] = (await bank.differences().days()).items
    assert (day.older_news, day.matched) == (1, 0)
    assert (await bank.client().orders.get(order.intent)).state is OrderState.SUCCEEDED
    assert (await bank.client().accounts.get(account.account_id)).balance_fen == 10_000


async def held_for_a_frozen_account(bank: TestBank) -> tuple[str, str, Difference]:
    """A top-up whose money arrived after the bank froze the account."""
    account, intent = await bank.account(), new_intent()
    bank.wires.faults["card_network"].add(Fault(kind="drop_response", method="POST", path="/debits", times=3))
    await bank.client().top_ups.start(account.account_id, TopUp(amount_fen=10_000), intent)
    number = (await bank.client().accounts.get(account.account_id)).account_number
    assert number is not None
    freeze = FreezeByBank(account_number=number, reason="misuse", note="a call from the police")
    await bank.staff_freezes().freeze(freeze, new_intent())
    await bank.work()
    return account.account_id, intent, await only(bank, "account.frozen")


@pytest.mark.both_databases
async def test_money_of_a_frozen_account_goes_back_to_its_persons_card(bank: TestBank) -> None:
    account_id, intent, held = await held_for_a_frozen_account(bank)
    assert held.resolutions == ["to_account", "to_card"]
    await arm(bank, "credit.card_closed")
    await resolve(bank, held, "to_card")
    # The network refused. The money never left suspense, and the customer reads that the bank keeps it.
    assert held_fen(bank) == 10_000
    order = await bank.client().orders.get(intent)
    assert order.reason is not None
    assert order.reason.code == "account.held"
    await bank.prove()
    again = await only(bank, "refund.refused")
    await arm(bank)
    proposal, key = await propose(bank, again, "to_card"), new_intent()
    for _ in range(2):  # the same command pays once
        await confirm(bank, again, proposal, key=key)
    await bank.work()
    assert (held_fen(bank), (await bank.client().accounts.get(account_id)).balance_fen) == (0, 0)
    order = await bank.client().orders.get(intent)
    assert order.reason is not None
    assert order.reason.code == "transfer.refunded"
    assert (await texts(bank))[0] == "refund"
    # The bank's own order is shown to no customer.
    overview = await bank.client().customers.overview(order.customer_id)
    kinds = {each.kind for each in (*overview.running_orders, *overview.recent_orders)}
    assert kinds == {"account_opening"}
    with pytest.raises(Problem, match=r"404 order\.unknown"):
        await bank.client().orders.get(key)
    bank.clock.advance(DAY)
    await reconcile_days(bank.core)
    [day] = (await bank.differences().days()).items
    assert (day.transfers, day.matched, day.differences) == (2, 2, 0)
    await seen(bank, REFUND_BREACHES)


REFUND_BREACHES = [
    ("UPDATE customer_order SET amount_fen = 1 WHERE kind = 'refund'", "refunds.booked_as_decided"),
    ("UPDATE journal SET subject_id = 'none' WHERE kind = 'refund'", "refunds.booked_as_decided"),
    ("DELETE FROM difference WHERE code = 'refund.refused'", "refunds.booked_as_decided"),
    (
        "UPDATE customer_order SET state = 'succeeded' WHERE kind = 'refund' AND state = 'failed'",
        "refunds.booked_as_decided",
    ),
]


BREACHES = [
    (
        "UPDATE posting SET amount_fen = 9999 WHERE credit_code = 'network.clearing'",
        "reversals.undo_their_journals",
    ),
    ("UPDATE journal SET reverses = NULL", "reversals.undo_their_journals"),
    ("UPDATE difference_step SET operator = 'clerk-hzw'", "differences.resolved_by_two"),
    ("UPDATE difference_step SET amount_fen = 1 WHERE step = 'propose'", "differences.resolved_by_two"),
    ("UPDATE difference_step SET amount_fen = 1", "differences.booked_as_decided"),
    ("DELETE FROM journal WHERE kind = 'reversal'", "differences.booked_as_decided"),
    ("DELETE FROM difference_step", "differences.booked_as_decided"),
]


# On PostgreSQL a CHECK that stays refuses one of them.
@pytest.mark.parametrize("prepared_url", ["sqlite"], indirect=True)
async def test_the_proof_names_what_was_not_decided_or_not_booked(bank: TestBank) -> None:
    _, _, found = await missing_there(bank)
    await resolve(bank, found, "reversal")
    await seen(bank, BREACHES)
