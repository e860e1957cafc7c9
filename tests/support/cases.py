"""The commands that move money or create an obligation, each with what it changes where, and the way to its start."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from partner_adapters.core_bank.accounts import AccountClass, OpenAccount, Particulars
from partner_adapters.core_bank.applications import Apply
from partner_adapters.core_bank.card_checks import CheckedAction
from partner_adapters.core_bank.card_repayments import RepayByCard
from partner_adapters.core_bank.cards import ChangeCard
from partner_adapters.core_bank.class_raises import RaiseClass
from partner_adapters.core_bank.closings import CloseAccount
from partner_adapters.core_bank.contracts import Sign
from partner_adapters.core_bank.drawdowns import AskDraw, Draw
from partner_adapters.core_bank.freezes import FreezeAccount, LiftFreeze
from partner_adapters.core_bank.orders import Order, OrderReason, OrderState
from partner_adapters.core_bank.own_limits import ChangeLimits
from partner_adapters.core_bank.repayments import AskRepay, Repay
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.core_bank.wire import Evidence
from partner_adapters.core_bank.withdrawals import AskWithdraw, Withdraw
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.serving import until
from tests.support.people.citizen import Citizen, intent
from tests.support.people.documents import card_ends_on
from tests.support.people.photographs import send_photographs

WHO = "li_xiuying"
PRODUCT = "sunshine_e_micro"
TOP_UP_FEN, WITHDRAW_FEN, DRAW_FEN, PART_FEN, EACH_FEN = 100_00, 60_00, 10_000_00, 1_000_00, 500_00
READ_S = 60
# Send the prepared command with this intent, as often as one likes.
Send = Callable[[str], Awaitable[Any]]
Vouch = Callable[[Citizen, CheckedAction], Awaitable[Evidence]]


@dataclass(frozen=True)
class Seen:
    """How a command stands at the core."""

    state: OrderState
    reason: OrderReason | None


async def order_seen(li: Citizen, key: str) -> Seen | None:
    """By the command's order. None: the core never saw it."""
    try:
        order = await li.core.orders.get(key)
    except Problem as problem:
        if problem.code == "order.unknown":
            return None
        raise
    return Seen(order.state, order.reason)


@dataclass(frozen=True)
class OutsideCall:
    """What a command needs of an outside party: the name of its transaction there, and the path that it is asked by."""

    transaction: str
    path: str


@dataclass(frozen=True)
class CommandCase:
    """One command, as the fault matrix, the chaos run, the sweeps and the browser matrix try it.

    `model`: the wire model that is sent. `path`: the core's endpoint. `work`: the kinds of outbox work that follow.
    `outside`: what it needs of outside parties, by party. `also_needed`: outside parties that only preparing needs.
    `has_form`: whether h5app has a form that sends it, apart from the same command by another statement.
    `stage`: where it starts. `prepare` returns what sends it. `look` finds it again at the core.
    `changes`: what it adds to a number, by party and query.
    """

    model: type[BaseModel]
    path: str
    work: tuple[str, ...]
    outside: Mapping[str, OutsideCall]
    stage: str
    prepare: Callable[[Citizen], Awaitable[Send]]
    changes: Mapping[tuple[str, str], int]
    look: Callable[[Citizen, str], Awaitable[Seen | None]] = order_seen
    also_needed: tuple[str, ...] = ()
    has_form: bool = True


async def by_face(li: Citizen, _action: CheckedAction) -> Evidence:
    """The partner's word that the person was just seen."""
    return await li.evidence()


async def _top_up(li: Citizen) -> Send:
    account = await _account_id(li)
    return lambda key: li.core.top_ups.start(account, TopUp(amount_fen=TOP_UP_FEN), key)


async def _withdrawal(li: Citizen) -> Send:
    account, ask = await _account_id(li), AskWithdraw(amount_fen=WITHDRAW_FEN)
    quote = await li.core.withdrawals.quote(account, ask)
    evidence = await li.evidence()
    command = Withdraw(**ask.model_dump(), quote_sha256=quote.sha256, evidence=evidence)
    return lambda key: li.core.withdrawals.start(account, command, key)


async def opening(li: Citizen, vouch: Vouch = by_face, account_class: AccountClass = "II") -> Send:
    command = OpenAccount(
        account_class=account_class,
        card_number=li.who.cards[0].number,
        card_phone=li.who.phone,
        particulars=Particulars(
            occupation=li.who.occupation,
            address=li.who.address,
            document_expires_on=card_ends_on(li.who),
            tax_resident_of_china_only=True,
        ),
        identity_images=await send_photographs(li.core, li.customer_id),
        consent_ids=await li.consent("account_terms", "face_processing", "card_debit"),
        evidence=await vouch(li, "account_opening"),
    )
    return lambda key: li.core.accounts.open(li.customer_id, command, key)


async def _card_change(li: Citizen) -> Send:
    account, card = await _account_id(li), li.who.cards[3]
    evidence = await li.evidence()
    command = ChangeCard(card_number=card.number, phone=li.who.phone, evidence=evidence)
    return lambda key: li.core.cards.change(account, command, key)


async def _freezing(li: Citizen) -> Send:
    account = await _account_id(li)
    return lambda key: li.core.freezes.freeze(account, key)


async def _lifting(li: Citizen) -> Send:
    account, command = await _account_id(li), LiftFreeze(evidence=await li.evidence())
    return lambda key: li.core.freezes.lift(account, command, key)


async def _closing(li: Citizen) -> Send:
    account = await _account_id(li)
    shown = await li.core.closings.get(account)
    assert not shown.obstacles, shown
    command = CloseAccount(
        gives_up=[each.contract_id for each in shown.gives_up], evidence=await li.evidence()
    )
    return lambda key: li.core.closings.close(account, command, key)


async def _limit_change(li: Citizen) -> Send:
    account, command = await _account_id(li), ChangeLimits(each_fen=EACH_FEN)
    return lambda key: li.core.own_limits.change(account, command, key)


async def open_class_three(li: Citizen) -> None:
    """Open the account as one of class III, which can be raised."""
    await _done(li, await (await opening(li, account_class="III"))(intent()))


async def _class_raise(li: Citizen) -> Send:
    await open_class_three(li)
    account, evidence = await _account_id(li), await li.evidence()
    command = RaiseClass(card_number=li.who.cards[0].number, card_phone=li.who.phone, evidence=evidence)
    return lambda key: li.core.class_raises.start(account, command, key)


async def signing(li: Citizen, vouch: Vouch = by_face) -> Send:
    application = (await li.core.customers.overview(li.customer_id)).applications[0]
    assert application.contract_id is not None
    contract = await li.core.contracts.get(application.contract_id)
    assert contract.document_sha256 is not None
    command = Sign(
        document_sha256=contract.document_sha256,
        cost_table_sha256=contract.cost_table.sha256,
        read_seconds=READ_S,
        evidence=await vouch(li, "contract_signing"),
    )
    return lambda key: li.core.contracts.sign(contract.contract_id, command, key)


async def drawdown(li: Citizen, vouch: Vouch = by_face) -> Send:
    line = (await li.core.customers.overview(li.customer_id)).lines[0]
    ask = AskDraw(amount_fen=DRAW_FEN, term_months=line.tenors_months[0], method=line.methods[0])
    quote = await li.core.drawdowns.quote(line.line_id, ask)
    command = Draw(**ask.model_dump(), quote_sha256=quote.sha256, evidence=await vouch(li, "drawdown"))
    return lambda key: li.core.drawdowns.draw(line.line_id, command, key)


async def _repayment(li: Citizen) -> Send:
    loan = (await li.core.customers.overview(li.customer_id)).loans[0]
    ask = AskRepay(kind="part", amount_fen=PART_FEN)
    quote = await li.core.repayments.quote(loan.loan_id, ask)
    command = Repay(**ask.model_dump(), quote_sha256=quote.sha256)
    return lambda key: li.core.repayments.repay(loan.loan_id, command, key)


async def _card_repayment(li: Citizen) -> Send:
    await li.consent("card_debit")
    loan = (await li.core.customers.overview(li.customer_id)).loans[0]
    ask = AskRepay(kind="part", amount_fen=PART_FEN)
    quote = await li.core.card_repayments.quote(loan.loan_id, ask)
    command = RepayByCard(**ask.model_dump(), quote_sha256=quote.sha256)
    return lambda key: li.core.card_repayments.repay(loan.loan_id, command, key)


def told(kind: str) -> tuple[str, str]:
    return "messages", f"SELECT count(*) FROM message WHERE kind = '{kind}'"  # noqa: S608  our own word


WALLETS = ("core_bank", "SELECT sum(balance_fen) FROM ledger_account WHERE role = 'wallet'")
HELD = ("core_bank", "SELECT sum(held_fen) FROM ledger_account")
CARDS = ("card_network", "SELECT sum(balance_fen) FROM card")
TRANSFERS = ("card_network", "SELECT count(*) FROM transfer")
FREEZES = ("core_bank", "SELECT count(*) FROM account_freeze WHERE step = 'freeze'")
LIFTS = ("core_bank", "SELECT count(*) FROM account_freeze WHERE step = 'lift'")
CLOSED = ("core_bank", "SELECT count(*) FROM account WHERE state = 'closed'")
OFFERS = ("core_bank", "SELECT count(*) FROM contract WHERE state = 'ready'")
OLD_CARDS = ("core_bank", "SELECT count(*) FROM earlier_card")
ACCOUNTS = ("core_bank", "SELECT count(*) FROM account")
OF_CLASS_TWO = ("core_bank", "SELECT count(*) FROM account WHERE account_class = 'II'")
OWN_LIMITS = ("core_bank", "SELECT count(*) FROM own_limit")
LINES = ("core_bank", "SELECT count(*) FROM credit_line")
USED = ("core_bank", "SELECT sum(used_fen) FROM credit_line")
LOANS = ("core_bank", "SELECT count(*) FROM loan")
OWED = ("core_bank", "SELECT sum(principal_fen) FROM loan")
REPAYMENTS = ("core_bank", "SELECT count(*) FROM repayment")
SIGNED = ("esign", "SELECT count(*) FROM document WHERE state = 'signed'")

MESSAGES = OutsideCall("SendMessage", "/messages")
FOUR_ELEMENTS = OutsideCall("FourElements", "/four-elements")

# The commands that move money or create an obligation.
COMMAND_CASES: Mapping[str, CommandCase] = {
    "top_up": CommandCase(
        model=TopUp,
        path="/accounts/*/top-ups",
        work=("top_up.debit", "message.send"),
        outside={"card_network": OutsideCall("StartTransfer", "/debits"), "messages": MESSAGES},
        stage="standing",
        prepare=_top_up,
        changes={WALLETS: TOP_UP_FEN, CARDS: -TOP_UP_FEN, TRANSFERS: 1, told("top_up"): 1},
    ),
    "withdrawal": CommandCase(
        model=Withdraw,
        path="/accounts/*/withdrawals",
        work=("withdrawal.credit", "message.send"),
        outside={"card_network": OutsideCall("StartTransfer", "/credits"), "messages": MESSAGES},
        stage="standing",
        prepare=_withdrawal,
        changes={WALLETS: -WITHDRAW_FEN, CARDS: WITHDRAW_FEN, TRANSFERS: 1, HELD: 0, told("withdrawal"): 1},
    ),
    "drawdown": CommandCase(
        model=Draw,
        path="/lines/*/drawdowns",
        work=("message.send",),
        outside={"messages": MESSAGES},
        stage="standing",
        prepare=drawdown,
        changes={WALLETS: DRAW_FEN, USED: DRAW_FEN, OWED: DRAW_FEN, LOANS: 1, told("drawdown"): 1},
    ),
    "repayment": CommandCase(
        model=Repay,
        path="/loans/*/repayments",
        work=("message.send",),
        outside={"messages": MESSAGES},
        stage="standing",
        prepare=_repayment,
        changes={WALLETS: -PART_FEN, USED: -PART_FEN, OWED: -PART_FEN, REPAYMENTS: 1, told("repayment"): 1},
    ),
    "card_repayment": CommandCase(
        model=RepayByCard,
        path="/loans/*/card-repayments",
        work=("card_repayment.debit", "message.send"),
        outside={"card_network": OutsideCall("StartTransfer", "/debits"), "messages": MESSAGES},
        stage="standing",
        prepare=_card_repayment,
        changes={
            CARDS: -PART_FEN,
            TRANSFERS: 1,
            USED: -PART_FEN,
            OWED: -PART_FEN,
            REPAYMENTS: 1,
            told("card_repayment"): 1,
        },
    ),
    "opening": CommandCase(
        model=OpenAccount,
        path="/customers/*/accounts",
        work=("account.open", "message.send"),
        outside={"card_network": FOUR_ELEMENTS, "messages": MESSAGES},
        stage="arrived",
        prepare=opening,
        changes={ACCOUNTS: 1, told("account_opened"): 1},
    ),
    "card_change": CommandCase(
        model=ChangeCard,
        path="/accounts/*/card",
        work=("card.change", "message.send"),
        outside={"card_network": FOUR_ELEMENTS, "messages": MESSAGES},
        stage="standing",
        prepare=_card_change,
        changes={OLD_CARDS: 1, told("card_changed"): 1},
    ),
    "freezing": CommandCase(
        model=FreezeAccount,
        path="/accounts/*/freezes",
        work=("message.send",),
        outside={"messages": MESSAGES},
        stage="offered",
        prepare=_freezing,
        changes={FREEZES: 1, told("account_frozen"): 1},
    ),
    "lifting": CommandCase(
        model=LiftFreeze,
        path="/accounts/*/lifts",
        work=("message.send",),
        outside={"messages": MESSAGES},
        stage="lost",
        prepare=_lifting,
        changes={LIFTS: 1, told("account_lifted"): 1},
    ),
    "closing": CommandCase(
        model=CloseAccount,
        path="/accounts/*/closing",
        work=("message.send",),
        outside={"messages": MESSAGES},
        stage="offered",
        prepare=_closing,
        changes={CLOSED: 1, OFFERS: -1, told("account_closed"): 1},
    ),
    "limit_change": CommandCase(
        model=ChangeLimits,
        path="/accounts/*/limits",
        work=("message.send",),
        outside={"messages": MESSAGES},
        stage="standing",
        prepare=_limit_change,
        changes={OWN_LIMITS: 1, told("limits_changed"): 1},
    ),
    "class_raise": CommandCase(
        model=RaiseClass,
        path="/accounts/*/class-raises",
        work=("account.raise", "message.send"),
        outside={"card_network": FOUR_ELEMENTS, "messages": MESSAGES},
        stage="arrived",
        prepare=_class_raise,
        changes={OF_CLASS_TWO: 1, told("account_raised"): 1},
    ),
    "signing": CommandCase(
        model=Sign,
        path="/contracts/*/signatures",
        work=("contract.sign", "message.send"),
        outside={"esign": OutsideCall("SignEnvelope", "/envelopes/*/signatures"), "messages": MESSAGES},
        stage="offered",
        prepare=signing,
        changes={LINES: 1, SIGNED: 1, told("line_opened"): 1},
    ),
}


async def _applied(li: Citizen) -> None:
    product = await li.core.products.get(PRODUCT)
    command = Apply(
        product_code=PRODUCT,
        amount_fen=product.min_fen,
        term_months=product.tenors_months[-1],
        method=product.methods[0],
        purpose=product.purposes[0].code,
        consent_ids=await li.consent(*product.consents),
    )
    await _done(li, await li.core.applications.submit(li.customer_id, command, intent()))

    async def ready() -> bool:
        todo = (await li.core.customers.overview(li.customer_id)).todo
        return any(item.kind == "sign_contract" for item in todo)

    await until(ready, within_s=30)


async def _lose(li: Citizen) -> None:
    await _done(li, await (await _freezing(li))(intent()))


async def _stand(li: Citizen) -> None:
    await _done(li, await (await _lifting(li))(intent()))
    for ready in (signing, drawdown, _top_up):
        await _done(li, await (await ready(li))(intent()))


async def _nothing(_li: Citizen) -> None:
    """Known to the bank: that is all."""


async def _open(li: Citizen) -> None:
    await _done(li, await (await opening(li))(intent()))
    await _applied(li)


# Each leads on from the one before.
STAGES: Mapping[str, Callable[[Citizen], Awaitable[None]]] = {
    "arrived": _nothing,
    "offered": _open,
    "lost": _lose,
    "standing": _stand,
}


async def _done(li: Citizen, order: Order) -> None:
    ended = await li.ended(order, within_s=40)
    assert ended.state is OrderState.SUCCEEDED, ended


async def _account_id(li: Citizen) -> str:
    account = (await li.core.customers.overview(li.customer_id)).account
    assert account is not None
    return account.account_id
