"""What is stopped, by any of its names, is not ordered. What was ordered before goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from mock_partners.bank.core.credit.sources import CONNECTORS
from mock_partners.bank.core.kernel.actions import ACTION_OF, ACTIONS
from mock_partners.bank.core.kernel.parties import PARTIES
from mock_partners.bank.core.orders.tables import customer_order
from mock_partners.bank.core.rooms import HANDLERS
from mock_partners.testing.worlds.faults import Fault
from partner_adapters.core_bank.card_checks import AskCardCheck
from partner_adapters.core_bank.cards import ChangeCard
from partner_adapters.core_bank.cases import Complain
from partner_adapters.core_bank.class_raises import RaiseClass
from partner_adapters.core_bank.freezes import LiftFreeze
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.switches import StoppedAction, SwitchKind
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import LI, TestBank, new_intent
from tests.support.houses.esign_stand_in import ESignStandIn
from tests.support.people import applicants, borrowers
from tests.support.people.card_repaying import repay_by_card
from tests.support.people.crowd import AMOUNT_FEN, at_once, nodes, top_up
from tests.support.people.operators import ask_start, start, stop

pytestmark = pytest.mark.anyio
Command = Callable[[], Awaitable[Order]]
PRODUCT = "sunshine_e_micro"


async def way_to_a_loan(bank: TestBank) -> AsyncIterator[tuple[str, Command]]:
    """Every command on the way, by its kind, each ready to be sent once the one before was."""
    lyg = bank.client()
    customer = await bank.customer()
    opening = await bank.open_command(LI, customer.customer_id, account_class="III")
    yield "account_opening", lambda: lyg.accounts.open(customer.customer_id, opening, new_intent())
    consents = await bank.consents(customer.customer_id, applicants.PURPOSES)
    person = applicants.Borrower(bank, LI, "lyg", customer.customer_id, consents)
    account = (await lyg.customers.overview(customer.customer_id)).account
    assert account is not None
    account_id = account.account_id
    first, other = LI.cards[0], LI.cards[3]
    raising = RaiseClass(card_number=first.number, card_phone=LI.phone, evidence=bank.evidence(LI))
    yield "class_raise", lambda: lyg.class_raises.start(account_id, raising, new_intent())
    changing = ChangeCard(card_number=other.number, phone=LI.phone, evidence=bank.evidence(LI))
    yield "card_change", lambda: lyg.cards.change(account_id, changing, new_intent())
    await bank.consents(customer.customer_id, ["card_debit"])
    await lyg.freezes.freeze(account_id, new_intent())
    lift = LiftFreeze(evidence=bank.evidence(LI))
    yield "account_lifting", lambda: lyg.freezes.lift(account_id, lift, new_intent())
    yield "top_up", lambda: lyg.top_ups.start(account_id, TopUp(amount_fen=100_00), new_intent())
    yield "pre_credit", person.check_list
    yield "application", person.apply
    await bank.work()
    [application] = (await lyg.customers.overview(customer.customer_id)).applications
    assert application.contract_id is not None
    contract = await lyg.contracts.get(application.contract_id)
    yield "contract_signing", lambda: person.sign(contract)
    await bank.work()
    [line] = (await lyg.customers.overview(customer.customer_id)).lines
    drawer = borrowers.Borrower(bank, LI, customer.customer_id, account_id, line.line_id)
    yield "drawdown", lambda: drawer.draw(2_000_000)
    [loan] = (await lyg.customers.overview(customer.customer_id)).loans
    yield "card_repayment", lambda: repay_by_card(drawer, loan.loan_id, "part", 10_000)


async def count_orders(bank: TestBank) -> int:
    query = select(func.count()).select_from(customer_order)
    return int(await bank.store.read(lambda conn: conn.execute(query).scalar_one()))


def names_of(kind: str) -> list[tuple[SwitchKind, str]]:
    row = ACTION_OF[kind]
    product: list[tuple[SwitchKind, str]] = [("product", PRODUCT)] if row.of_product else []
    return [("action", kind), ("partner", "lyg"), *(("party", party) for party in row.sent_to), *product]


async def test_every_action_is_stopped_by_each_of_its_names(bank: TestBank, esign: ESignStandIn) -> None:
    walked = set()
    async for kind, command in way_to_a_loan(bank):
        before = await count_orders(bank)
        for name in names_of(kind):
            until = bank.clock.now() + timedelta(hours=2)
            await stop(bank, *name, until)
            with pytest.raises(Problem) as refused:
                await command()
            assert (refused.value.status, refused.value.code) == (409, "action.stopped"), (kind, name)
            params = refused.value.params
            assert (params["action"], datetime.fromisoformat(str(params["until"]))) == (kind, until)
            await ask_start(bank, *name, operator="duty")
            with pytest.raises(Problem, match=r"action\.stopped"):
                await command()  # a proposal alone starts nothing
            assert await count_orders(bank) == before, (kind, name)
            await ask_start(bank, *name, operator="second")
        order = await command()
        await bank.work()
        assert (await bank.client().orders.get(order.intent)).state == "succeeded", kind
        walked.add(kind)
    assert walked == {action.kind for action in ACTIONS if action.stoppable}


@pytest.mark.both_databases
async def test_a_stop_amid_a_storm_counts_at_every_node_once_it_is_answered(bank: TestBank) -> None:
    account = await bank.account()
    command = top_up(account.account_id)
    async with nodes(bank, 2) as urls:
        storm = asyncio.create_task(at_once(bank.http, urls, [command] * 12))
        await stop(bank, "action", "top_up")
        late = await at_once(bank.http, urls, [command] * 4)
        early = await storm
    # On a machine that is busy with more, a command may wait too long for its turn.
    assert {(answer.status, answer.code) for answer in late} <= {
        (409, "action.stopped"),
        (503, "database.away"),
    }
    assert {answer.status for answer in early} <= {202, 409, 503}
    await bank.work()
    accepted = [answer for answer in early if answer.status == 202]
    assert (await bank.client().accounts.get(account.account_id)).balance_fen == len(accepted) * AMOUNT_FEN


async def test_repaying_and_complaining_go_on_while_everything_is_stopped(bank: TestBank) -> None:
    borrower = await borrowers.borrow(bank)
    loan_id = await borrower.drawn(1_000_000)
    for action in ACTIONS:
        if action.stoppable:
            await stop(bank, "action", action.kind)
    for party in PARTIES:
        await stop(bank, "party", party)
    await stop(bank, "partner", "lyg")
    await stop(bank, "product", PRODUCT)
    assert (await borrower.repay(loan_id, "part", 100_000)).state == "succeeded"
    await bank.customer()  # logs in
    complaint = await bank.client().cases.complain(borrower.customer_id, Complain(note="停了"), new_intent())
    assert complaint.number
    for right in ("repayment", "withdrawal", "complaint"):
        with pytest.raises(Problem) as refused:
            await stop(bank, "action", right)
        assert (refused.value.status, refused.value.code) == (409, "switch.never_stopped")
    for unknown in ("accrual", "borrowing"):
        with pytest.raises(Problem) as refused:
            await stop(bank, "action", unknown)
        assert refused.value.code == "switch.unknown"


async def test_only_what_is_stopped_is_stopped(bank: TestBank) -> None:
    """Not other actions, products or partners, and not the other bank."""
    account = await bank.account()
    for name in (("action", "drawdown"), ("product", PRODUCT), ("partner", "haian"), ("party", "esign")):
        if name != ("partner", "haian"):
            await stop(bank, *name)  # type: ignore[arg-type]
            continue
        with pytest.raises(Problem, match=r"switch\.unknown"):  # the other bank's
            await stop(bank, "partner", "haian")
    assert (await bank.top_up(account.account_id, 100_00)).state == "succeeded"


async def test_the_overview_says_what_is_stopped_and_until_when(bank: TestBank) -> None:
    customer = await bank.customer()
    soon, late = (bank.clock.now() + timedelta(hours=hours) for hours in (1, 9))
    await stop(bank, "action", "drawdown", soon)
    await stop(bank, "product", PRODUCT, late)
    await stop(bank, "party", "card_network")
    overview = await bank.client().customers.overview(customer.customer_id)
    assert overview.stopped == [
        StoppedAction(kind="account_opening"),
        StoppedAction(kind="top_up"),
        StoppedAction(kind="application", product_code=PRODUCT, until=late),
        StoppedAction(kind="contract_signing", product_code=PRODUCT, until=late),
        StoppedAction(kind="card_change"),
        StoppedAction(kind="drawdown", until=soon),
        StoppedAction(kind="drawdown", product_code=PRODUCT, until=late),
        StoppedAction(kind="card_repayment"),
        StoppedAction(kind="class_raise"),
    ]
    bank.clock.advance(timedelta(hours=2))
    left = (await bank.client().customers.overview(customer.customer_id)).stopped
    assert StoppedAction(kind="drawdown", until=soon) not in left


async def test_a_finished_command_sent_again_gets_its_answer_while_it_is_stopped(bank: TestBank) -> None:
    account = await bank.account()
    intent, command = new_intent(), TopUp(amount_fen=100_00)
    first = await bank.client().top_ups.start(account.account_id, command, intent)
    await bank.work()
    await stop(bank, "action", "top_up")
    again = await bank.client().top_ups.start(account.account_id, command, intent)
    assert (again.reference, again.state) == (first.reference, "succeeded")


def debits(bank: TestBank) -> int:
    return bank.wires.sent.count(("card_network", "POST", "/debits"))


async def test_an_order_that_was_sent_is_settled_while_its_party_is_stopped(bank: TestBank) -> None:
    account = await bank.account()
    bank.wires.faults["card_network"].add(
        Fault(kind="drop_response", method="POST", path="/debits", times=None)
    )
    order = await bank.client().top_ups.start(account.account_id, TopUp(amount_fen=100_00), new_intent())
    assert order.state == "processing"
    await stop(bank, "party", "card_network")
    sent = debits(bank)
    await bank.work()
    assert (await bank.client().orders.get(order.intent)).state == "succeeded"
    assert debits(bank) == sent, "it was asked about, and not sent again"


async def test_an_order_that_was_not_sent_waits_until_its_party_is_started(bank: TestBank) -> None:
    account = await bank.account()
    bank.wires.faults["card_network"].add(Fault(kind="down", times=None))
    order = await bank.client().top_ups.start(account.account_id, TopUp(amount_fen=100_00), new_intent())
    await stop(bank, "party", "card_network")
    bank.wires.faults["card_network"].clear()
    sent = debits(bank)
    await bank.work()
    assert debits(bank) == sent
    assert (await bank.client().orders.get(order.intent)).state == "processing"
    await start(bank, "party", "card_network")
    await bank.work()
    assert (await bank.client().orders.get(order.intent)).state == "succeeded"


async def test_work_for_a_stopped_party_is_not_begun_and_done_after_it_is_started(bank: TestBank) -> None:
    account = await bank.account()
    await bank.work()
    told = len(await bank.messages())
    await stop(bank, "party", "messages")
    assert (await bank.top_up(account.account_id, 100_00)).state == "succeeded"
    await bank.work()
    assert len(await bank.messages()) == told
    await start(bank, "party", "messages")
    await bank.work()
    assert len(await bank.messages()) == told + 1


async def test_what_is_no_order_waits_as_well_for_a_stopped_party(
    bank: TestBank, esign: ESignStandIn
) -> None:
    borrower = await borrowers.borrow(bank)
    loan_id = await borrower.drawn(1_000_000)
    await borrower.repay(loan_id, "full")
    await stop(bank, "party", "esign")
    sealed = ("esign", "POST", "/sealed-documents")
    await bank.client().certificates.issue(loan_id, new_intent())
    await bank.work()
    assert sealed not in bank.wires.sent
    await start(bank, "party", "esign")
    await bank.work()
    assert sealed in bank.wires.sent
    assert (await bank.client().certificates.get(loan_id)).document_sha256


async def test_a_card_check_is_not_begun_where_it_could_not_be_finished(bank: TestBank) -> None:
    customer = await bank.customer()
    check = AskCardCheck(action="account_opening", card_number=LI.cards[0].number, phone=LI.phone)
    for name, code in (
        (("action", "account_opening"), "action.stopped"),
        (("party", "messages"), "card_check.stopped"),
    ):
        await stop(bank, *name)  # type: ignore[arg-type]
        with pytest.raises(Problem) as refused:
            await bank.client().card_checks.start(customer.customer_id, check, new_intent())
        assert refused.value.code == code
        await start(bank, *name)  # type: ignore[arg-type]


def test_every_outside_party_is_known_by_a_name() -> None:
    named = {party for action in ACTIONS for party in action.sent_to}
    named |= {party for work in HANDLERS.values() for party in work.sent_to}
    assert named == set(PARTIES)
    assert CONNECTORS.keys() <= set(PARTIES)
    assert [kind for kind, work in HANDLERS.items() if not work.sent_to] == []
