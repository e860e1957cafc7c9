"""Card checks: the card's elements and a code, verified by the core alone, within limits, each for one intent."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, select

from mock_partners.bank.core.kernel.limits import CARD_CHECKS
from mock_partners.bank.core.kernel.tables import idempotency, outbox
from mock_partners.bank.core.verification import card_checks, limits, statements
from mock_partners.bank.core.verification.tables import card_check, evidence_used
from mock_partners.outside.card_network.tables import card
from mock_partners.testing.people.personas import Person
from mock_partners.testing.worlds.faults import Fault
from partner_adapters.card_network.wire import FourElements, FourElementsAnswer
from partner_adapters.core_bank.card_checks import AskCardCheck, CardCheck, CardCheckState, CheckedAction
from partner_adapters.core_bank.orders import OrderState
from partner_adapters.core_bank.wire import Evidence
from partner_adapters.identity.policy import AcceptedCheck, StepUpPolicy, card_and_sms
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import OutcomeUnknown
from tests.support.houses.core import LI, WANG, TestBank, new_intent
from tests.support.houses.esign_stand_in import ESignStandIn
from tests.support.houses.serving import until
from tests.support.people.applicants import borrower as applicant
from tests.support.people.borrowers import Borrower, books_hold, borrow
from tests.support.people.numbers import card_number

pytestmark = pytest.mark.anyio
State = CardCheckState
NOBODYS = card_number("621660", 19, "4444")


def asking(who: Person = LI, action: CheckedAction = "drawdown", **other: Any) -> AskCardCheck:
    asked = {"action": action, "card_number": who.cards[0].number, "phone": who.phone}
    return AskCardCheck.model_validate(asked | other)


async def begun(bank: TestBank, customer_id: str, **asked: Any) -> CardCheck:
    """A check whose code, if one is due, has been sent."""
    client = bank.client().card_checks
    check = await client.start(customer_id, asking(**asked), new_intent())
    await bank.work()
    return await client.get(customer_id, check.check_id)


async def codes(bank: TestBank, who: Person = LI) -> list[str]:
    """Every code that reached the phone, newest first."""
    texts = [m.text for m in await bank.messages(who) if m.kind == "card_check_code"]
    return [found[1] for text in texts if (found := re.search(r"验证码([0-9]{6})", text))]


async def word(bank: TestBank, customer_id: str, who: Person = LI, **asked: Any) -> Evidence:
    """Card and code shown: the core's word."""
    check = await begun(bank, customer_id, who=who, **asked)
    newest = (await codes(bank, who))[0]
    passed = await bank.client().card_checks.confirm(customer_id, check.check_id, newest)
    assert passed.statement is not None
    return Evidence(statement=passed.statement)


def other_than(code: str, step: int = 1) -> str:
    return str((int(code) + step) % 1_000_000).zfill(6)


async def draw(
    bank: TestBank, person: Borrower, amount_fen: int, evidence: Evidence, intent: str | None = None
) -> None:
    quote = await person.quote(amount_fen)
    command = person.command(quote, evidence=evidence)
    await bank.client().drawdowns.draw(person.line_id, command, intent or new_intent())


async def test_card_and_code_draw_within_the_limit_and_the_way_is_kept(bank: TestBank) -> None:
    li = await borrow(bank)
    evidence = await word(bank, li.customer_id)
    await draw(bank, li, 5_000_000, evidence)
    assert await li.balance() == 5_000_000
    query = select(evidence_used).where(evidence_used.c.action == "drawdown")
    kept = await bank.store.read(lambda conn: conn.execute(query).one())
    assert (kept.methods, kept.subject) == ("card sms", li.customer_id)
    await books_hold(bank)


async def test_above_the_limit_nothing_is_drawn_and_the_check_still_serves(bank: TestBank) -> None:
    li = await borrow(bank)
    evidence = await word(bank, li.customer_id)
    with pytest.raises(Problem) as refused:
        await draw(bank, li, 5_010_000, evidence)
    assert (refused.value.status, refused.value.code) == (403, "step_up.over_limit")
    assert refused.value.params == {"limit": "50000.00", "currency": "CNY"}
    assert await li.balance() == 0
    await draw(bank, li, 1_000_000, evidence)
    await books_hold(bank)


@pytest.mark.both_databases
async def test_one_check_serves_one_intent_also_side_by_side(bank: TestBank) -> None:
    li = await borrow(bank)
    evidence = await word(bank, li.customer_id)
    both = [draw(bank, li, 1_000_000, evidence) for _ in range(2)]
    done = await asyncio.gather(*both, return_exceptions=True)
    refusals = [one.code for one in done if isinstance(one, Problem)]
    # Their quotes may have crossed as well: what counts is that one of them, and one only, was done.
    assert len(refusals) == 1
    assert refusals[0] in ("step_up.required", "quote.changed")
    assert await li.balance() == 1_000_000
    with pytest.raises(Problem, match=r"401 step_up\.required"):
        await draw(bank, li, 1_000_000, evidence)
    await books_hold(bank)


async def test_the_same_intent_again_is_answered_again(bank: TestBank) -> None:
    li = await borrow(bank)
    quote, intent = await li.quote(1_000_000), new_intent()
    command = li.command(quote, evidence=await word(bank, li.customer_id))
    first = await bank.client().drawdowns.draw(li.line_id, command, intent)
    assert await bank.client().drawdowns.draw(li.line_id, command, intent) == first
    assert await li.balance() == 1_000_000
    await books_hold(bank)


async def test_a_check_for_one_action_opens_no_other(bank: TestBank) -> None:
    li = await borrow(bank)
    evidence = await word(bank, li.customer_id, action="contract_signing")
    with pytest.raises(Problem, match=r"401 step_up\.required"):
        await draw(bank, li, 1_000_000, evidence)
    await books_hold(bank)


async def test_the_word_of_another_customer_bank_or_partner_opens_nothing(bank: TestBank) -> None:
    li = await borrow(bank)
    wang = await bank.customer(WANG)
    elsewhere = await bank.customer(LI, "haian")
    now = bank.clock.wall()
    foreign = [
        await word(bank, wang.customer_id, WANG),
        *(
            Evidence(statement=statements.sign_statement(bank.context(partner), said))
            for partner, said in (
                ("haian", statements.CardCheckStatement("c1", elsewhere.customer_id, "drawdown", now)),
                ("lyg", statements.CardCheckStatement("invented", li.customer_id, "drawdown", now)),
            )
        ),
    ]
    for evidence in foreign:
        with pytest.raises(Problem, match=r"401 step_up\.required"):
            await draw(bank, li, 1_000_000, evidence)
    await books_hold(bank)


async def test_the_word_grows_stale(bank: TestBank) -> None:
    li = await borrow(bank)
    evidence = await word(bank, li.customer_id)
    bank.clock.advance(timedelta(minutes=6))
    with pytest.raises(Problem, match=r"401 step_up\.required"):
        await draw(bank, li, 1_000_000, evidence)
    await books_hold(bank)


async def test_a_partner_who_says_card_and_sms_does_not_stand_for_the_bank(bank: TestBank) -> None:
    li = await borrow(bank)
    with pytest.raises(Problem, match=r"401 step_up\.required"):
        await draw(bank, li, 1_000_000, bank.evidence(amr=["card", "sms"]))
    await books_hold(bank)


async def test_an_account_is_opened_with_any_card_of_ones_own(bank: TestBank) -> None:
    customer = await bank.customer(LI)
    evidence = await word(bank, customer.customer_id, action="account_opening")
    command = await bank.open_command(LI, customer.customer_id, evidence=evidence)
    core, intent = bank.client(), new_intent()
    await core.accounts.open(customer.customer_id, command, intent)

    async def opened() -> bool:
        return (await core.orders.get(intent)).state is OrderState.SUCCEEDED

    await until(opened, within_s=20)
    await bank.prove()


async def test_a_contract_is_signed_up_to_the_limit_that_the_bank_sets(
    bank: TestBank, esign: ESignStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    li = await applicant(bank)
    contract = await li.contract()
    evidence = await word(bank, li.customer_id, action="contract_signing")
    with pytest.raises(Problem, match=r"403 step_up\.over_limit"):
        await li.sign(contract, evidence=evidence)
    clients, key = bank.core.settings.client, ("hzw", "lyg")
    wider = StepUpPolicy(contract_signing=(AcceptedCheck(), card_and_sms(contract.limit_fen)))
    monkeypatch.setitem(clients, key, clients[key].model_copy(update={"step_up": wider}))
    order = await li.sign(contract, evidence=evidence)
    await bank.work()
    assert (await li.client.orders.get(order.intent)).state == "succeeded"
    await bank.prove()


@pytest.mark.parametrize(
    ("asked", "reason", "params"),
    [
        ({"phone": "13900000000"}, "card.mismatch", {"which": "phone"}),
        ({"card_number": WANG.cards[0].number}, "card.mismatch", {"which": "name,id_number,phone"}),
        ({"card_number": NOBODYS}, "card.unknown", {}),
        ({"card_number": LI.cards[2].number}, "card.not_class_i", {}),
    ],
)
async def test_what_does_not_belong_together_sends_no_code(
    bank: TestBank, asked: dict[str, Any], reason: str, params: dict[str, str]
) -> None:
    customer = await bank.customer(LI)
    check = await begun(bank, customer.customer_id, **asked)
    assert check.state is State.FAILED
    assert check.reason is not None
    assert (check.reason.code, check.reason.params) == (reason, params)
    assert await codes(bank) == []
    with pytest.raises(Problem, match=reason):
        await bank.client().card_checks.confirm(customer.customer_id, check.check_id, "000000")


async def test_who_has_an_account_must_show_its_bound_card(bank: TestBank) -> None:
    account = await bank.account(LI)
    customer = await bank.customer(LI)
    await bank.network.store.write(lambda conn: _another_card(conn))
    check = await begun(bank, customer.customer_id, card_number=NOBODYS)
    assert check.reason is not None
    assert check.reason.code == "card_check.other_card"
    assert await codes(bank) == []
    assert account.bound_card.last_four == "1234"


async def test_an_account_opened_while_the_network_is_asked_counts(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = await bank.customer(LI)
    await bank.network.store.write(lambda conn: _another_card(conn))
    asked = bank.core.card_network.four_elements

    async def meanwhile(bank_id: str, question: FourElements) -> FourElementsAnswer:
        said = await asked(bank_id, question)
        if question.card_number == NOBODYS:
            await bank.account(LI)
        return said

    monkeypatch.setattr(bank.core.card_network, "four_elements", meanwhile)
    check = await begun(bank, customer.customer_id, card_number=NOBODYS)
    assert check.reason is not None
    assert check.reason.code == "card_check.other_card"
    assert await codes(bank) == []


def _another_card(conn: Connection) -> None:
    mine = select(card).where(card.c.number == LI.cards[0].number)
    row = dict(conn.execute(mine).one()._mapping)
    conn.execute(card.insert().values(**row | {"number": NOBODYS}))


async def test_five_wrong_codes_end_the_check_and_then_the_right_one_is_too_late(bank: TestBank) -> None:
    customer = await bank.customer(LI)
    check, client = await begun(bank, customer.customer_id), bank.client().card_checks
    (right,) = await codes(bank)
    for left in (4, 3, 2, 1):
        with pytest.raises(Problem) as refused:
            await client.confirm(customer.customer_id, check.check_id, other_than(right, left))
        assert (refused.value.status, refused.value.code) == (422, "card_check.wrong_code")
        assert refused.value.params == {"left": left}
    for code in (other_than(right, 9), right):
        with pytest.raises(Problem, match=r"409 card_check\.too_many_tries"):
            await client.confirm(customer.customer_id, check.check_id, code)
    assert (await client.get(customer.customer_id, check.check_id)).state is State.FAILED


async def test_the_same_wrong_code_again_is_the_same_try_until_another_code_is_sent(bank: TestBank) -> None:
    customer = await bank.customer(LI)
    check, client = await begun(bank, customer.customer_id), bank.client().card_checks
    (right,) = await codes(bank)
    guess, other = other_than(right, 1), other_than(right, 2)

    async def left(code: str) -> object:
        with pytest.raises(Problem, match=r"422 card_check\.wrong_code") as refused:
            await client.confirm(customer.customer_id, check.check_id, code)
        return refused.value.params["left"]

    assert [await left(code) for code in (guess, guess, other, other)] == [4, 4, 3, 3]
    bank.clock.advance(limits.NEXT_CODE_AFTER)
    await client.send_another(customer.customer_id, check.check_id, new_intent())
    assert await left(other) == 2, "it is a guess at another code"
    check = await client.get(customer.customer_id, check.check_id)
    assert check.tries_left == 2


@pytest.mark.both_databases
async def test_guesses_side_by_side_are_all_counted(bank: TestBank) -> None:
    customer = await bank.customer(LI)
    check, client = await begun(bank, customer.customer_id), bank.client().card_checks
    (right,) = await codes(bank)
    guesses = [
        client.confirm(customer.customer_id, check.check_id, other_than(right, n)) for n in range(1, 9)
    ]
    done = await asyncio.gather(*guesses, return_exceptions=True)
    wrong = [one for one in done if isinstance(one, Problem) and one.code == "card_check.wrong_code"]
    assert len(wrong) == limits.MAX_WRONG_CODES - 1


async def test_a_code_ends_after_five_minutes_and_costs_no_try(bank: TestBank) -> None:
    customer = await bank.customer(LI)
    check, client = await begun(bank, customer.customer_id), bank.client().card_checks
    assert check.code_ends_at is not None
    bank.clock.advance(check.code_ends_at - bank.clock.wall())
    with pytest.raises(Problem, match=r"422 card_check\.code_expired"):
        await client.confirm(customer.customer_id, check.check_id, (await codes(bank))[0])
    assert (await client.get(customer.customer_id, check.check_id)).tries_left == limits.MAX_WRONG_CODES


async def test_another_code_replaces_the_first_at_most_twice_and_not_at_once(bank: TestBank) -> None:
    customer = await bank.customer(LI)
    client, customer_id = bank.client().card_checks, customer.customer_id
    check = await client.start(customer_id, asking(), new_intent())
    with pytest.raises(Problem) as refused:
        await client.send_another(customer_id, check.check_id, new_intent())
    assert (refused.value.code, refused.value.params) == ("card_check.too_soon", {"wait": 60})
    await bank.work()
    for _ in range(2):
        bank.clock.advance(limits.NEXT_CODE_AFTER)
        await client.send_another(customer_id, check.check_id, new_intent())
        await bank.work()
    newest, *older = await codes(bank)
    assert len({newest, *older}) == 3
    for old in older:
        with pytest.raises(Problem, match=r"card_check\.wrong_code"):
            await client.confirm(customer_id, check.check_id, old)
    bank.clock.advance(limits.NEXT_CODE_AFTER)
    with pytest.raises(Problem, match=r"409 card_check\.too_many_codes"):
        await client.send_another(customer_id, check.check_id, new_intent())
    assert (await client.confirm(customer_id, check.check_id, newest)).state is State.CONFIRMED


async def test_five_checks_a_day_however_they_end(bank: TestBank) -> None:
    customer = await bank.customer(LI)
    for _ in range(CARD_CHECKS.most):
        await begun(bank, customer.customer_id, phone="13900000000")
    with pytest.raises(Problem) as refused:
        await bank.client().card_checks.start(customer.customer_id, asking(), new_intent())
    assert (refused.value.status, refused.value.code) == (429, "card_check.too_many")
    bank.clock.advance(timedelta(days=1, minutes=5))
    assert (await begun(bank, customer.customer_id)).state is State.SENT


async def test_the_right_code_again_is_the_same_word(bank: TestBank) -> None:
    customer = await bank.customer(LI)
    check, client = await begun(bank, customer.customer_id), bank.client().card_checks
    (right,) = await codes(bank)
    bank.wires.faults["core_bank"].add(Fault(kind="reset_after", method="POST", path="*/confirm", times=3))
    with pytest.raises(OutcomeUnknown):
        await client.confirm(customer.customer_id, check.check_id, right)
    again = await client.confirm(customer.customer_id, check.check_id, right)
    third = await client.confirm(customer.customer_id, check.check_id, right)
    assert again.statement == third.statement
    assert again.statement is not None
    with pytest.raises(Problem, match=r"card_check\.wrong_code"):
        await client.confirm(customer.customer_id, check.check_id, other_than(right))


async def test_a_word_that_was_used_is_not_said_again(bank: TestBank) -> None:
    li = await borrow(bank)
    check, client = await begun(bank, li.customer_id), bank.client().card_checks
    right = (await codes(bank))[0]
    passed = await client.confirm(li.customer_id, check.check_id, right)
    await draw(bank, li, 1_000_000, Evidence(statement=str(passed.statement)))
    with pytest.raises(Problem, match=r"409 card_check\.used"):
        await client.confirm(li.customer_id, check.check_id, right)
    await books_hold(bank)


async def test_a_lost_answer_of_the_network_is_asked_again_and_one_code_is_sent(bank: TestBank) -> None:
    customer = await bank.customer(LI)
    client = bank.client().card_checks
    bank.wires.faults["card_network"].add(
        Fault(kind="reset_after", method="POST", path="/four-elements", times=3)
    )
    check = await client.start(customer.customer_id, asking(), new_intent())
    assert check.state is State.CHECKING
    await bank.work()
    assert (await client.get(customer.customer_id, check.check_id)).state is State.SENT
    assert len(await codes(bank)) == 1


async def test_a_message_handed_over_twice_is_one_message(bank: TestBank) -> None:
    customer = await bank.customer(LI)
    bank.wires.faults["messages"].add(Fault(kind="reset_after", method="POST", path="/messages", times=4))
    check = await begun(bank, customer.customer_id)
    (only,) = await codes(bank)
    assert (await bank.client().card_checks.confirm(customer.customer_id, check.check_id, only)).statement


@pytest.mark.both_databases
async def test_the_same_intent_is_one_check(bank: TestBank) -> None:
    customer, intent = await bank.customer(LI), new_intent()
    client = bank.client().card_checks
    tries = [client.start(customer.customer_id, asking(), intent) for _ in range(4)]
    assert {check.check_id for check in await asyncio.gather(*tries)} == {intent}
    await bank.work()
    assert len(await codes(bank)) == 1


async def test_while_the_network_is_silent_the_check_waits_and_then_ends_without_a_code(
    bank: TestBank,
) -> None:
    customer = await bank.customer(LI)
    client = bank.client().card_checks
    bank.wires.faults["card_network"].add(Fault(kind="down", times=None))
    check = await client.start(customer.customer_id, asking(), new_intent())
    await bank.work(3)
    assert (await client.get(customer.customer_id, check.check_id)).state is State.CHECKING
    bank.clock.advance(limits.CHECK_LIFE)
    bank.wires.faults["card_network"].clear()
    await bank.work()
    ended = await client.get(customer.customer_id, check.check_id)
    assert ended.reason is not None
    assert (ended.state, ended.reason.code) == (State.FAILED, "card_check.expired")
    assert await codes(bank) == []


async def test_an_abandoned_check_ends_and_its_card_is_forgotten(bank: TestBank) -> None:
    customer = await bank.customer(LI)
    check = await begun(bank, customer.customer_id)
    bank.clock.advance(limits.CHECK_LIFE)
    await card_checks.job(bank.core).run()
    ended = await bank.client().card_checks.get(customer.customer_id, check.check_id)
    assert (ended.state, ended.phone_masked) == (State.FAILED, "")


async def test_neither_code_nor_card_nor_phone_stays(bank: TestBank) -> None:
    li = await borrow(bank)
    await word(bank, li.customer_id)
    (code,) = await codes(bank)
    rows = await bank.store.read(
        lambda conn: [str(row) for t in (card_check, outbox, idempotency) for row in conn.execute(select(t))]
    )
    assert rows
    for secret in (f"'{code}'", LI.cards[0].number, LI.phone):
        assert [row for row in rows if secret in row] == []


async def test_another_partners_customer_cannot_be_checked_or_seen(bank: TestBank) -> None:
    customer = await bank.customer(LI)
    check = await begun(bank, customer.customer_id)
    foreign = bank.client("haian").card_checks
    with pytest.raises(Problem, match="404"):
        await foreign.start(customer.customer_id, asking(), new_intent())
    with pytest.raises(Problem, match="404"):
        await foreign.get(customer.customer_id, check.check_id)
    wang = await bank.customer(WANG)
    with pytest.raises(Problem, match=r"404 card_check\.unknown"):
        await bank.client().card_checks.get(wang.customer_id, check.check_id)


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_is_tried_only_the_newest_live_code_passes(bank: TestBank, seed: int) -> None:
    lot = Random(seed)  # noqa: S311 (a lot to be drawn again, not a secret)
    customer_id = (await bank.customer(LI)).customer_id
    check, client = await begun(bank, customer_id), bank.client().card_checks
    wrong = 0
    for _ in range(12):
        what = lot.choice(["wait", "another", "old", "wrong", "right"])
        seen, before = await codes(bank), await client.get(customer_id, check.check_id)
        live = before.code_ends_at is not None and bank.clock.wall() < before.code_ends_at
        if what == "wait":
            bank.clock.advance(timedelta(seconds=lot.choice([5, 61, 301])))
            continue
        try:
            if what == "another":
                await client.send_another(customer_id, check.check_id, new_intent())
                await bank.work(3)
                continue
            code = {"old": seen[-1], "wrong": other_than(seen[0]), "right": seen[0]}[what]
            passed = await client.confirm(customer_id, check.check_id, code)
        except Problem as problem:
            wrong += problem.code in ("card_check.wrong_code", "card_check.too_many_tries") and live
            if what == "right" and live:
                assert before.state is State.FAILED
        else:
            assert code == seen[0]
            assert live or before.state is State.CONFIRMED
            assert wrong < limits.MAX_WRONG_CODES
            assert passed.statement
    after = await client.get(customer_id, check.check_id)
    assert after.tries_left == max(0, limits.MAX_WRONG_CODES - wrong) or after.state is State.CONFIRMED
