"""A command sent again: the same partner gets its stored answer, and a key says nothing to another partner."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import Connection, update

from mock_partners.bank.core.kernel.tables import idempotency
from partner_adapters.core_bank.card_checks import AskCardCheck
from partner_adapters.core_bank.drawdowns import Draw
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.core_bank.wire import Evidence
from partner_adapters.kit.values.problems import Problem
from tests.support.databases.breaking import unguarded
from tests.support.houses.core import LI, WANG, TestBank, new_intent
from tests.support.people.borrowers import borrow

pytestmark = pytest.mark.anyio


async def test_a_finished_draw_sent_again_is_answered_however_old_its_check_has_become(
    bank: TestBank,
) -> None:
    borrower, intent = await borrow(bank), new_intent()
    command = borrower.command(await borrower.quote(1_000_000))
    first = await bank.client().drawdowns.draw(borrower.line_id, command, intent)
    bank.clock.advance(timedelta(days=2))
    fresher = command.model_copy(update={"evidence": bank.evidence(LI)})
    unreadable = command.model_copy(update={"evidence": Evidence(statement="x" * 40)})
    bank.wires.sent.clear()
    for again in (command, fresher, unreadable):
        assert await bank.client().drawdowns.draw(borrower.line_id, again, intent) == first
    assert not [party for party, *_ in bank.wires.sent if party == "gov_app"], "the evidence was verified"
    other = command.model_copy(update={"amount_fen": 2_000_000})
    with pytest.raises(Problem) as refused:
        await bank.client().drawdowns.draw(borrower.line_id, other, intent)
    assert refused.value.code == "intent.reused"
    with pytest.raises(Problem) as refused:
        await bank.client().drawdowns.draw(borrower.line_id, command, new_intent())
    assert refused.value.code == "step_up.required"


async def test_a_check_that_lapses_between_two_attempts_does_not_refuse_what_the_first_has_done(
    bank: TestBank,
) -> None:
    """The caller repeats a command whose answer was lost. The first attempt may still wait for its turn."""
    borrower, intent = await borrow(bank), new_intent()
    command = borrower.command(await borrower.quote(1_000_000))
    lapsed = command.model_copy(
        update={"evidence": bank.evidence(LI, auth_time=int(bank.clock.wall().timestamp()) - 86_400)}
    )

    async def send(attempt: Draw) -> str:
        return (await bank.client().drawdowns.draw(borrower.line_id, attempt, intent)).reference

    answers = await asyncio.gather(send(command), send(lapsed))
    assert len(set(answers)) == 1
    assert len((await bank.client().customers.overview(borrower.customer_id)).loans) == 1


async def test_the_key_of_another_partner_is_like_one_that_was_never_used(bank: TestBank) -> None:
    key, unused = new_intent(), new_intent()
    account = await bank.funded_account(LI, 50_000)
    order = await bank.top_up(account.account_id, 10_000, key)
    other = await bank.customer(WANG, "donghai")
    theirs = await bank.account(WANG, "donghai")
    with pytest.raises(Problem) as of_another:
        await bank.client("donghai").orders.get(key)
    with pytest.raises(Problem) as of_nobody:
        await bank.client("donghai").orders.get(unused)
    assert str(of_another.value) == str(of_nobody.value)

    # The same key, the same amount: their own command, with an order of its own under the key that they sent.
    own = await bank.top_up(theirs.account_id, 10_000, key, partner="donghai")
    assert (own.intent, own.state) == (key, "succeeded")
    assert own.reference != order.reference
    assert await bank.client("donghai").orders.get(key) == own
    assert await bank.client().orders.get(key) == order
    again = await bank.client("donghai").top_ups.start(theirs.account_id, TopUp(amount_fen=10_000), key)
    assert again == own
    # Nor does any list show it under another name.
    overview = await bank.client("donghai").customers.overview(other.customer_id)
    assert [brief.intent for brief in overview.recent_orders if brief.kind == "top_up"] == [key]
    statement = await bank.client("donghai").accounts.entries(theirs.account_id)
    assert [entry.intent for entry in statement.items] == [key]
    seen = await bank.client("donghai").orders.mark_seen(key)
    assert seen.seen_at is not None
    assert (await bank.client().orders.get(key)).seen_at is None


async def test_two_partners_may_send_one_key_at_once(bank: TestBank) -> None:
    accounts = {"lyg": await bank.account(LI), "donghai": await bank.account(WANG, "donghai")}
    key = new_intent()
    made = await asyncio.gather(
        *(
            bank.client(partner).top_ups.start(account.account_id, TopUp(amount_fen=100), key)
            for partner, account in accounts.items()
        )
    )
    assert {order.intent for order in made} == {key}
    await bank.work()
    for partner in accounts:
        assert (await bank.client(partner).orders.get(key)).state == "succeeded"


async def test_a_card_check_under_the_key_of_another_partner_is_their_own(bank: TestBank) -> None:
    key, command = (
        new_intent(),
        AskCardCheck(action="drawdown", card_number=LI.cards[0].number, phone=LI.phone),
    )
    await bank.account(LI), await bank.account(WANG, "donghai")
    ours, theirs = await bank.customer(LI), await bank.customer(WANG, "donghai")
    first = await bank.client().card_checks.start(ours.customer_id, command, key)
    second = await bank.client("donghai").card_checks.start(
        theirs.customer_id,
        AskCardCheck(action="drawdown", card_number=WANG.cards[0].number, phone=WANG.phone),
        key,
    )
    assert (first.check_id, second.check_id) == (key, key)
    shown = await bank.client("donghai").card_checks.get(theirs.customer_id, key)
    assert (shown.check_id, shown.last_four) == (key, WANG.cards[0].number[-4:])


async def test_an_answer_of_unknown_caller_is_given_for_the_same_request_only(bank: TestBank) -> None:
    """So a database from before keys had callers answers its consents, addresses and complaints again."""
    customer, key = await bank.customer(LI), new_intent()
    other = await bank.customer(LI, "donghai")
    assert other.customer_id == customer.customer_id
    text, newer = bank.agreement("lyg", "account_terms"), bank.agreement("lyg", "card_debit")
    given = await bank.client().consents.give(customer.customer_id, text, key)

    def forget_callers(conn: Connection) -> None:
        with unguarded(conn):
            conn.execute(update(idempotency).values(caller=""))

    bank.store.write_now(forget_callers)
    theirs = await bank.client("donghai").consents.give(customer.customer_id, newer, key)
    assert [consent.purpose for consent in theirs] == ["card_debit"]
    assert await bank.client().consents.give(customer.customer_id, text, key) == given


async def test_an_order_is_found_by_the_reference_that_its_customer_reads_out(bank: TestBank) -> None:
    account = await bank.funded_account(LI)
    order = await bank.top_up(account.account_id, 100)
    orders = bank.client().orders
    for said in (order.reference, order.reference.lower(), order.reference.replace("-", " ")):
        assert await orders.get(said) == order
    assert (await orders.mark_seen(order.reference)).intent == order.intent
    with pytest.raises(Problem) as of_another:
        await bank.client("donghai").orders.get(order.reference)
    assert of_another.value.code == "order.unknown"
    with pytest.raises(Problem) as neither:
        await orders.get("我的订单")
    assert (neither.value.status, neither.value.code) == (400, "order.malformed_name")


async def test_a_command_without_an_order_is_not_denied(bank: TestBank) -> None:
    customer, intent = await bank.customer(LI), new_intent()
    await bank.client().consents.give(customer.customer_id, bank.agreement("lyg", "account_terms"), intent)
    with pytest.raises(Problem) as asked:
        await bank.client().orders.get(intent)
    assert (asked.value.status, asked.value.code) == (404, "order.none_opened")
