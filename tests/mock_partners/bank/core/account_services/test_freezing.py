"""A frozen account: nothing leaves it, debts can be repaid, and each party lifts its own freeze only."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from sqlalchemy import select

from mock_partners.bank.core import ledger
from mock_partners.bank.core.kernel.account_roles import SUSPENSE
from mock_partners.bank.core.kernel.limits import FREEZES_BY_PHONE, FREEZES_OF_PERSON
from mock_partners.bank.core.verification.tables import card_check
from mock_partners.bank.core.wallet.tables import account_freeze
from mock_partners.testing.people.personas import Person
from mock_partners.testing.worlds.faults import Fault
from partner_adapters.core_bank.accounts import Account
from partner_adapters.core_bank.card_checks import CardCheck, CardCheckState
from partner_adapters.core_bank.freezes import AskFreezeCheck, FreezeByBank, LiftByBank, LiftFreeze
from partner_adapters.core_bank.repayments import AskRepay
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.kit.values.problems import Problem
from tests.support.databases.breaking import seen
from tests.support.houses.core import LI, WANG, TestBank, new_intent
from tests.support.people.borrowers import books_hold, borrow

pytestmark = pytest.mark.anyio
RULE = "accounts.frozen_as_ordered"
BREACHES = [
    ("UPDATE customer_order SET state = 'failed' WHERE kind = 'account_freezing'", RULE),
    ("UPDATE account_freeze SET step = 'freeze' WHERE step = 'lift'", RULE),
    ("DELETE FROM account_freeze WHERE party = 'bank'", RULE),
    ("UPDATE evidence_used SET action = 'drawdown' WHERE action = 'account_lifting'", RULE),
]


async def account_of(bank: TestBank, account_id: str) -> Account:
    return await bank.client().accounts.get(account_id)


def by_bank(account: Account, **other: Any) -> FreezeByBank:
    asked = {"account_number": account.account_number, "reason": "misuse", "note": "a call from the police"}
    return FreezeByBank.model_validate(asked | other)


def lift_by_bank(account: Account) -> LiftByBank:
    assert account.account_number is not None
    return LiftByBank(account_number=account.account_number, note="it was the customer")


async def test_the_customers_freeze_stops_money_out_and_leaves_the_debt_repayable(bank: TestBank) -> None:
    li = await borrow(bank)
    loan = await li.drawn(1_000_000)
    quote, intent = await li.quote(1_000_000), new_intent()
    frozen = await bank.client().freezes.freeze(li.account_id, intent)
    assert (frozen.kind, frozen.state) == ("account_freezing", "succeeded")
    assert await bank.client().freezes.freeze(li.account_id, intent) == frozen
    shown = await account_of(bank, li.account_id)
    assert (shown.state, shown.frozen_by_customer, shown.bank_reason) == ("lost", True, None)
    with pytest.raises(Problem, match=r"409 account\.frozen_already"):
        await bank.client().freezes.freeze(li.account_id, new_intent())
    with pytest.raises(Problem, match=r"409 account\.not_open"):
        await li.quote(1_000_000)
    with pytest.raises(Problem, match=r"409 account\.not_open"):
        await bank.client().drawdowns.draw(li.line_id, li.command(quote), new_intent())
    assert (await bank.top_up(li.account_id, 10_000)).state == "succeeded"
    await bank.client().repayments.quote(loan, AskRepay(kind="part", amount_fen=100_000))
    await bank.work()
    assert any("已挂失" in message.text for message in await bank.messages(LI))
    await books_hold(bank)


async def test_lifting_needs_a_fresh_face_and_leaves_the_banks_freeze(bank: TestBank) -> None:
    account = await account_of(bank, (await bank.account()).account_id)
    freezes, staff = bank.client().freezes, bank.staff_freezes()
    await freezes.freeze(account.account_id, new_intent())
    both = await staff.freeze(by_bank(account), new_intent())
    assert (both.state, both.frozen_by_customer, both.frozen_by_bank) == ("frozen", True, True)
    with pytest.raises(Problem, match=r"401 step_up\.required"):
        await freezes.lift(account.account_id, LiftFreeze(evidence=bank.evidence(WANG)), new_intent())
    lift = LiftFreeze(evidence=bank.evidence())
    assert (await freezes.lift(account.account_id, lift, new_intent())).state == "succeeded"
    shown = await account_of(bank, account.account_id)
    assert (shown.state, shown.frozen_by_customer, shown.bank_reason) == ("frozen", False, "misuse")
    with pytest.raises(Problem, match=r"409 account\.not_frozen"):
        await freezes.lift(account.account_id, LiftFreeze(evidence=bank.evidence()), new_intent())
    with pytest.raises(Problem, match=r"409 account\.not_open"):
        await bank.client().top_ups.start(account.account_id, TopUp(amount_fen=100), new_intent())
    lifted = await staff.lift(lift_by_bank(account), new_intent())
    assert (lifted.state, len(lifted.entries)) == ("open", 4)
    assert {entry.operator for entry in lifted.entries} == {None, "service-hzw"}
    await bank.work()
    texts = [message.text for message in await bank.messages(LI)]
    assert any("可能有别人在用您的账户" in text and "police" not in text for text in texts)
    await books_hold(bank)


@pytest.mark.parametrize("prepared_url", ["sqlite"], indirect=True)
async def test_each_breach_is_seen(bank: TestBank) -> None:
    account = await account_of(bank, (await bank.account()).account_id)
    await bank.staff_freezes().freeze(by_bank(account), new_intent())
    await bank.client().freezes.freeze(account.account_id, new_intent())
    lift = LiftFreeze(evidence=bank.evidence())
    await bank.client().freezes.lift(account.account_id, lift, new_intent())
    await seen(bank, BREACHES)


async def test_the_banks_lifting_leaves_the_customers_freeze(bank: TestBank) -> None:
    account = await account_of(bank, (await bank.account()).account_id)
    await bank.staff_freezes().freeze(by_bank(account), new_intent())
    with pytest.raises(Problem, match=r"409 account\.frozen_already"):
        await bank.staff_freezes().freeze(by_bank(account), new_intent())
    await bank.client().freezes.freeze(account.account_id, new_intent())
    lifted = await bank.staff_freezes().lift(lift_by_bank(account), new_intent())
    assert (lifted.state, lifted.frozen_by_customer) == ("lost", True)
    with pytest.raises(Problem, match=r"409 account\.not_frozen"):
        await bank.staff_freezes().lift(lift_by_bank(account), new_intent())
    with pytest.raises(Problem, match=r"404 account\.unknown"):
        await bank.staff_freezes().freeze(by_bank(account, account_number="6" * 19), new_intent())
    await books_hold(bank)


@pytest.mark.both_databases
async def test_a_freeze_and_a_drawdown_at_once_end_in_one_order_or_the_other(bank: TestBank) -> None:
    li = await borrow(bank)
    command = li.command(await li.quote(1_000_000))
    drawn, frozen = await asyncio.gather(
        bank.client().drawdowns.draw(li.line_id, command, new_intent()),
        bank.client().freezes.freeze(li.account_id, new_intent()),
        return_exceptions=True,
    )
    assert not isinstance(frozen, BaseException), frozen
    refused = isinstance(drawn, Problem) and drawn.code == "account.not_open"
    assert refused or await li.balance() == 1_000_000, drawn
    assert (await account_of(bank, li.account_id)).state == "lost"
    await books_hold(bank)


@pytest.mark.parametrize(("by", "booked_fen", "held_fen"), [("customer", 10_000, 0), ("bank", 0, 10_000)])
async def test_a_top_up_that_arrives_late_is_booked_or_held_in_suspense(
    bank: TestBank, by: str, booked_fen: int, held_fen: int
) -> None:
    account = await account_of(bank, (await bank.account()).account_id)
    bank.wires.faults["card_network"].add(Fault(kind="drop_response", method="POST", path="/debits", times=3))
    order = await bank.client().top_ups.start(account.account_id, TopUp(amount_fen=10_000), new_intent())
    assert order.state == "processing"
    if by == "customer":
        await bank.client().freezes.freeze(account.account_id, new_intent())
    else:
        await bank.staff_freezes().freeze(by_bank(account), new_intent())
    await bank.work()
    ended = await bank.client().orders.get(order.intent)
    assert (await account_of(bank, account.account_id)).balance_fen == booked_fen
    in_suspense = bank.store.read_now(lambda conn: ledger.balance(conn, "hzw", SUSPENSE))
    assert in_suspense == held_fen
    assert (ended.state, ended.reason and ended.reason.code) == (
        ("succeeded", None) if booked_fen else ("failed", "account.held")
    )
    if held_fen:
        assert any("由银行替您单独保管" in message.text for message in await bank.messages(LI))
    await books_hold(bank)


def asking(who: Person = LI, **other: Any) -> AskFreezeCheck:
    asked = {
        "name": who.name,
        "id_number": who.id_number,
        "card_number": who.cards[0].number,
        "phone": who.phone,
        "lang": "zh",
    }
    return AskFreezeCheck.model_validate(asked | other)


async def begun(bank: TestBank, command: AskFreezeCheck) -> CardCheck:
    check = await bank.client().freezes.start_check(command, new_intent())
    await bank.work()
    return await bank.client().freezes.check(check.check_id)


async def code(bank: TestBank, who: Person) -> str:
    texts = [message.text for message in await bank.messages(who) if message.kind == "card_check_code"]
    return re.findall("验证码([0-9]{6})", texts[0])[0]


async def test_a_visitor_freezes_by_card_and_code_also_where_another_partner_linked_the_customer(
    bank: TestBank,
) -> None:
    account = await bank.account(LI, "donghai")
    check = await begun(bank, asking())
    assert (check.state, check.action) == (CardCheckState.SENT, "account_freezing")
    right = await code(bank, LI)
    wrong = str((int(right) + 1) % 1_000_000).zfill(6)
    with pytest.raises(Problem, match=r"422"):
        await bank.client().freezes.confirm(check.check_id, wrong)
    done = await bank.client().freezes.confirm(check.check_id, right)
    assert (done.frozen, done.last_four) == (True, account.last_four)
    assert await bank.client().freezes.confirm(check.check_id, right) == done
    assert (await bank.client("donghai").accounts.get(account.account_id)).state == "lost"
    rows = await bank.store.read(lambda conn: conn.execute(select(account_freeze)).all())
    assert [(row.party, row.step, row.partner, row.intent) for row in rows] == [
        ("customer", "freeze", "lyg", check.check_id)
    ]
    kept = await bank.store.read(lambda conn: conn.execute(select(card_check)).one())
    assert (kept.holder_name, kept.holder_id_number, kept.card_number, kept.card_phone) == (None,) * 4
    await books_hold(bank)


async def test_until_the_code_is_right_a_stranger_and_a_customer_are_answered_the_same(
    bank: TestBank,
) -> None:
    await bank.account(LI)
    known, unknown = await begun(bank, asking(LI)), await begun(bank, asking(WANG))
    hidden = {"check_id", "last_four", "phone_masked", "bank_name", "code_ends_at", "another_code_at"}
    assert known.model_dump(exclude=hidden) == unknown.model_dump(exclude=hidden)
    for wrong in ({"name": "王二"}, {"phone": WANG.phone}, {"card_number": WANG.cards[0].number}):
        refused = await begun(bank, asking(LI, **wrong))
        assert refused.state is CardCheckState.FAILED
        assert refused.reason is not None
        assert (refused.reason.code, refused.reason.params) == ("card.not_matched", {})
    nobody = await bank.client().freezes.confirm(unknown.check_id, await code(bank, WANG))
    assert not nobody.frozen
    await books_hold(bank)


@pytest.mark.parametrize(
    ("limit", "changed"), [(FREEZES_OF_PERSON, "phone"), (FREEZES_BY_PHONE, "id_number")]
)
async def test_a_person_and_a_phone_are_named_a_few_times_a_day(
    bank: TestBank, limit: Any, changed: str
) -> None:
    others = {
        "phone": [f"1390000{n:04}" for n in range(6)],
        "id_number": [f"32070319800101{n:03}X" for n in range(6)],
    }
    for value in others[changed][: limit.most]:
        await bank.client().freezes.start_check(asking(**{changed: value}), new_intent())
    with pytest.raises(Problem, match=r"429 limit\.reached"):
        await bank.client().freezes.start_check(asking(**{changed: others[changed][-1]}), new_intent())
    await books_hold(bank)
