"""Every command while the core's database is cut off or locked happens once or not at all, and is answered truly."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import pytest
from sqlalchemy import text

from partner_adapters.core_bank.card_repayments import RepayByCard
from partner_adapters.core_bank.cards import ChangeCard
from partner_adapters.core_bank.class_raises import RaiseClass
from partner_adapters.core_bank.closings import CloseAccount
from partner_adapters.core_bank.freezes import LiftFreeze
from partner_adapters.core_bank.orders import Order, OrderState
from partner_adapters.core_bank.own_limits import ChangeLimits
from partner_adapters.core_bank.repayments import AskRepay, Repay
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.kit.durable import store as stores
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import OutcomeUnknown
from tests.support.cases import COMMAND_CASES, DRAW_FEN, EACH_FEN, PART_FEN, TOP_UP_FEN, WITHDRAW_FEN
from tests.support.databases.cutting import Moment, cut, locked
from tests.support.houses.core import LI, TestBank, new_intent
from tests.support.houses.esign_stand_in import ESignStandIn
from tests.support.people.applicants import borrower
from tests.support.people.borrowers import borrow
from tests.support.people.class_three import opened_class_three

pytestmark = [pytest.mark.anyio, pytest.mark.both_databases, pytest.mark.usefixtures("hurried")]
Send = Callable[[str], Awaitable[Order]]


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "SQLITE_BUSY_MS", 100)


async def _top_up(bank: TestBank) -> Send:
    account = await bank.account(LI)
    return lambda key: bank.client().top_ups.start(account.account_id, TopUp(amount_fen=TOP_UP_FEN), key)


async def _withdrawal(bank: TestBank) -> Send:
    account = await bank.funded_account(LI)
    command = await bank.withdrawal(account.account_id, WITHDRAW_FEN)
    return lambda key: bank.client().withdrawals.start(account.account_id, command, key)


async def _opening(bank: TestBank) -> Send:
    customer = await bank.customer(LI)
    command = await bank.open_command(LI, customer.customer_id)
    return lambda key: bank.client().accounts.open(customer.customer_id, command, key)


async def _signing(bank: TestBank) -> Send:
    li = await borrower(bank)
    contract = await li.contract()
    command = li.signature(contract)
    return lambda key: li.client.contracts.sign(contract.contract_id, command, key)


async def _drawdown(bank: TestBank) -> Send:
    li = await borrow(bank)
    command = li.command(await li.quote(DRAW_FEN))
    return lambda key: bank.client().drawdowns.draw(li.line_id, command, key)


async def _repayment(bank: TestBank) -> Send:
    li = await borrow(bank)
    loan_id = await li.drawn(DRAW_FEN)
    quote = await li.repay_quote(loan_id, "part", PART_FEN)
    command = Repay(kind="part", amount_fen=PART_FEN, quote_sha256=quote.sha256)
    return lambda key: bank.client().repayments.repay(loan_id, command, key)


async def _card_change(bank: TestBank) -> Send:
    account = await bank.account(LI)
    card = {"card_number": LI.cards[3].number, "phone": LI.phone, "evidence": bank.evidence(LI)}
    command = ChangeCard.model_validate(card)
    return lambda key: bank.client().cards.change(account.account_id, command, key)


async def _card_repayment(bank: TestBank) -> Send:
    li = await borrow(bank)
    await bank.consents(li.customer_id, ["card_debit"])
    loan_id = await li.drawn(DRAW_FEN)
    ask = AskRepay(kind="part", amount_fen=PART_FEN)
    quote = await bank.client().card_repayments.quote(loan_id, ask)
    command = RepayByCard(**ask.model_dump(), quote_sha256=quote.sha256)
    return lambda key: bank.client().card_repayments.repay(loan_id, command, key)


async def _freezing(bank: TestBank) -> Send:
    account = await bank.account(LI)
    return lambda key: bank.client().freezes.freeze(account.account_id, key)


async def _lifting(bank: TestBank) -> Send:
    account = await bank.account(LI)
    await bank.client().freezes.freeze(account.account_id, new_intent())
    command = LiftFreeze(evidence=bank.evidence(LI))
    return lambda key: bank.client().freezes.lift(account.account_id, command, key)


async def _closing(bank: TestBank) -> Send:
    li = await borrower(bank)
    contract = await li.contract()
    account = (await li.client.customers.overview(li.customer_id)).account
    assert account is not None
    command = CloseAccount(gives_up=[contract.contract_id], evidence=bank.evidence(LI))
    return lambda key: li.client.closings.close(account.account_id, command, key)


async def _limit_change(bank: TestBank) -> Send:
    account = await bank.account(LI)
    command = ChangeLimits(each_fen=EACH_FEN)
    return lambda key: bank.client().own_limits.change(account.account_id, command, key)


async def _class_raise(bank: TestBank) -> Send:
    account = await opened_class_three(bank)
    card = {"card_number": LI.cards[0].number, "card_phone": LI.phone, "evidence": bank.evidence(LI)}
    command = RaiseClass.model_validate(card)
    return lambda key: bank.client().class_raises.start(account.account_id, command, key)


READY: Mapping[str, Callable[[TestBank], Awaitable[Send]]] = {
    "top_up": _top_up,
    "withdrawal": _withdrawal,
    "opening": _opening,
    "card_change": _card_change,
    "card_repayment": _card_repayment,
    "freezing": _freezing,
    "lifting": _lifting,
    "closing": _closing,
    "limit_change": _limit_change,
    "class_raise": _class_raise,
    "signing": _signing,
    "drawdown": _drawdown,
    "repayment": _repayment,
}
MOMENTS: tuple[Moment, ...] = ("midway", "at_commit", "after_commit")
on_postgresql = pytest.mark.parametrize(
    "prepared_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
on_sqlite = pytest.mark.parametrize("prepared_url", ["sqlite"], indirect=True)


def test_every_command_that_moves_money_or_binds_is_tried() -> None:
    assert set(READY) == set(COMMAND_CASES)


async def numbers(bank: TestBank, command: str) -> list[int]:
    """Whatever the command changes at the core."""
    queries = [query for party, query in COMMAND_CASES[command].changes if party == "core_bank"]
    return [
        int(await bank.store.read(lambda conn, q=query: conn.execute(text(q)).scalar_one()) or 0)  # type: ignore[misc]
        for query in queries
    ]


def changed(command: str, before: list[int]) -> list[int]:
    changes = [
        change for (party, _), change in COMMAND_CASES[command].changes.items() if party == "core_bank"
    ]
    return [number + change for number, change in zip(before, changes, strict=True)]


async def done_once(bank: TestBank, command: str, send: Send, key: str, before: list[int]) -> None:
    """Once the outside parties have answered; also after two more taps."""
    for _ in range(2):
        await bank.work(120)
        assert (await bank.client().orders.get(key)).state is OrderState.SUCCEEDED
        assert await numbers(bank, command) == changed(command, before)
        await send(key)


@on_postgresql
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("command", READY)
async def test_a_connection_cut_in_the_command_does_it_once_and_says_so(
    bank: TestBank, esign: ESignStandIn, command: str, moment: Moment
) -> None:
    send, key = await READY[command](bank), new_intent()
    before = await numbers(bank, command)
    with cut(bank.store, moment, "INSERT INTO customer_order") as done:
        order = await send(key)
    assert done.happened
    assert order.state is not OrderState.FAILED
    await done_once(bank, command, send, key, before)


@on_postgresql
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize(
    ("command", "statement"),
    [
        ("top_up", "INSERT INTO journal"),
        ("withdrawal", "INSERT INTO journal"),
        ("opening", "INSERT INTO account"),
        ("signing", "INSERT INTO credit_line"),
    ],
)
async def test_a_connection_cut_as_the_outside_word_is_booked_books_it_once(
    bank: TestBank, esign: ESignStandIn, command: str, statement: str, moment: Moment
) -> None:
    send, key = await READY[command](bank), new_intent()
    before = await numbers(bank, command)
    with cut(bank.store, moment, statement) as done:
        await send(key)
        await bank.work(120)
    assert done.happened
    await done_once(bank, command, send, key, before)


@on_sqlite
@pytest.mark.parametrize("command", READY)
async def test_while_the_file_is_locked_the_outcome_is_unknown_and_nothing_happens(
    bank: TestBank, esign: ESignStandIn, command: str
) -> None:
    send, key = await READY[command](bank), new_intent()
    before = await numbers(bank, command)
    with locked(bank.store.url):
        with pytest.raises(OutcomeUnknown):
            await send(key)
        with pytest.raises(Problem, match=r"order\.unknown"):
            await bank.client().orders.get(key)
    assert await numbers(bank, command) == before
    await send(key)
    await done_once(bank, command, send, key, before)
