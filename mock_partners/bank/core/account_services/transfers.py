"""Transfers with the card network: send each once, ask for its outcome, and book that outcome once.

Every kind of transfer is a `TransferAction`: the row says what success books and what a refusal undoes. The network's
answer, its signed notice and its settlement file all end in `settle`, whichever comes first. Until then the order is
`processing`: a missing answer is neither success nor failure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import cast

from sqlalchemy import Connection

from mock_partners.bank.core import orders, wallet
from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.customers import read_customer
from mock_partners.bank.core.kernel.actions import Action
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.parties import CARD_NETWORK
from mock_partners.bank.core.kernel.services import (
    CoreServices,
    Handlers,
    OutsideWork,
    context_of,
    enqueue_leased,
    queue_of,
)
from mock_partners.bank.core.kernel.stops import require_sending
from mock_partners.bank.core.orders import OrderRecord
from mock_partners.bank.core.orders.differences import record
from mock_partners.bank.core.orders.value_dates import nearest_day
from partner_adapters.card_network.wire import StartTransfer, Transfer, TransferKind, TransferState
from partner_adapters.core_bank.orders import OrderKind, OrderState
from partner_adapters.kit.durable.outbox import Effect, OutboxRow, RetryLater, nothing_to_do
from partner_adapters.kit.values.clock import CHINA
from partner_adapters.kit.values.money import money_params
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.texts import Text
from partner_adapters.kit.web.calls.http_client import CallFailed

# A debit ends with the booking into the account, a credit when the card has the money.
STEPS: Mapping[TransferKind, tuple[str, ...]] = {
    "debit": ("confirmed", "sent", "waiting_for_bank", "booked"),
    "credit": ("confirmed", "sent", "waiting_for_bank", "paid_out"),
}
# The network's notice usually comes first. When it does not, we ask again so often for the first attempts, and then
# back off.
ASK_AGAIN_S = 1.0
EAGER_ATTEMPTS = 5
ANSWER = "card_network.answer"
# Why an order failed although the network made the transfer. What it took lies in suspense (`HELD`), went on to the
# account or went back to the card; what it paid out waits to be charged (`PAID_OUT`), or was charged to the account.
HELD_FOR_ACCOUNT, HELD, PAID_OUT = "account.held", "transfer.held", "transfer.paid_out"
CREDITED, CHARGED, REFUNDED = "transfer.credited", "transfer.charged", "transfer.refunded"
ACCOUNT_FULL = "account.full"
MADE_ALL_THE_SAME = (HELD_FOR_ACCOUNT, ACCOUNT_FULL, HELD, PAID_OUT, CREDITED, CHARGED, REFUNDED)
LATE_SUCCESS, OLDER_NEWS = "transfer.late_success", "transfer.older_news"


def nothing_to_undo(_conn: Connection, _ctx: Context, _order: OrderRecord) -> None:
    """Do nothing: the order of this kind changed nothing before its outcome was known."""


@dataclass(frozen=True)
class TransferAction:
    """One kind of transfer with the card network."""

    # Its row in `kernel/actions.py`, whose name is the kind of its orders.
    action: Action
    # A debit takes money from the bound card, a credit pays money to it.
    kind: TransferKind
    # Books the success for value on a day, ends the order with `orders.succeed` and tells the customer.
    book: Callable[[Connection, Context, OrderRecord, date], None]
    # Gives back what the order took before its outcome was known, such as a hold. `settle` then fails the order.
    undo: Callable[[Connection, Context, OrderRecord], None] = nothing_to_undo
    # Whether two persons may reverse its booking. What was passed on from the account is not there to be taken back.
    reversible: bool = True

    @property
    def work(self) -> str:
        """The kind of its outbox rows, such as `top_up.debit`."""
        return f"{self.action.kind}.{self.kind}"


# Every kind of transfer, by the kind of its orders. `reconciliation/card_transfers.py` lists them.
TransferActions = Mapping[str, TransferAction]


def start(
    conn: Connection,
    ctx: Context,
    row: TransferAction,
    intent: str,
    *,
    customer_id: str,
    amount_fen: int,
    source: Text,
    target: Text,
    partner: str | None = None,
    result: Mapping[str, str] | None = None,
) -> Started:
    """Open the order and have it sent to the network at once. Problem 409 `action.stopped`.

    `partner`: as `orders.start` takes it.
    """
    orders.start(
        conn,
        ctx,
        kind=cast(OrderKind, row.action.kind),
        intent=intent,
        customer_id=customer_id,
        partner=partner,
        amount_fen=amount_fen,
        source=source,
        target=target,
        steps=STEPS[row.kind],
        result=result,
    )
    return Started(enqueue_leased(conn, ctx, row.work, intent, customer_id=customer_id))


def handlers(rows: TransferActions) -> Handlers:
    """Return the outside work of these kinds of transfer."""
    return {row.work: OutsideWork(partial(_send, sent=row), (CARD_NETWORK,)) for row in rows.values()}


def settle(
    conn: Connection,
    ctx: Context,
    rows: TransferActions,
    transfer: Transfer,
    source: str,
    listed_on: date | None = None,
) -> str | None:
    """Book the outcome of a transfer, once. Return a code if the transfer contradicts our order.

    A contradiction is recorded as a difference for the bank's staff, and nothing is booked: `transfer.unknown`,
    `transfer.kind_differs`, `transfer.amount_differs`, `transfer.state_differs`. `transfer.late_success` is about an
    order that had failed, `transfer.older_news` about one that had ended otherwise.

    `listed_on`: the day of the settlement file that lists it. An impossible day contradicts nothing that moved: the
    transfer is booked on the nearest possible one, and `transfer.date_differs` is recorded.
    """
    order = orders.find(conn, ctx.bank_id, transfer.intent)
    row = None if order is None else rows.get(order.kind)
    code = _contradiction(order, row, transfer)
    if order is None or row is None or code is not None:
        ours = {} if order is None else _compared(order)
        record(conn, ctx, source, transfer.intent, code or "", ours, transfer.model_dump(mode="json"))
        return code
    if order.is_open:
        if transfer.state is TransferState.SUCCEEDED:
            row.book(conn, ctx, order, _value_date(conn, ctx, order, transfer, source, listed_on))
        else:
            _refuse(conn, ctx, row, order, transfer.code or "card.refused")
    return None


def _contradiction(order: OrderRecord | None, row: TransferAction | None, transfer: Transfer) -> str | None:
    if order is None:
        return "transfer.unknown"
    if row is None or row.kind != transfer.kind:
        return "transfer.kind_differs"
    if order.amount_fen != transfer.amount_fen:
        return "transfer.amount_differs"
    if order.is_open:
        return "transfer.state_differs" if transfer.state is TransferState.PROCESSING else None
    made = order.reason is not None and order.reason.code in MADE_ALL_THE_SAME
    if order.state.value == transfer.state.value or (made and transfer.state is TransferState.SUCCEEDED):
        return None
    return LATE_SUCCESS if transfer.state is TransferState.SUCCEEDED else OLDER_NEWS


def _compared(order: OrderRecord) -> dict[str, str]:
    """Return the parts of an order that are recorded beside a transfer which does not fit it."""
    assert order.amount_fen is not None
    return {"kind": order.kind, "state": order.state.value, **money_params(amount=order.amount_fen)}


def _value_date(
    conn: Connection,
    ctx: Context,
    order: OrderRecord,
    transfer: Transfer,
    source: str,
    listed_on: date | None,
) -> date:
    """Return the day on which the network settled, or the nearest possible one; record a day that differs from it."""
    settled_on = None if transfer.settled_at is None else transfer.settled_at.astimezone(CHINA).date()
    stated = [day for day in (listed_on, settled_on) if day is not None] or [ctx.today]
    value_date = nearest_day(conn, ctx, order, stated[0])
    if any(day != value_date for day in stated):
        ours = {"created_at": order.created_at.isoformat(), "value_date": value_date.isoformat()}
        theirs = transfer.model_dump(mode="json")
        record(conn, ctx, source, transfer.intent, "transfer.date_differs", ours, theirs)
    return value_date


def _refuse(conn: Connection, ctx: Context, row: TransferAction, order: OrderRecord, code: str) -> None:
    row.undo(conn, ctx, order)
    orders.fail(conn, ctx, order.intent, code)


def _refuse_answered(conn: Connection, ctx: Context, row: TransferAction, intent: str, code: str) -> None:
    """Fail the order; record the refusal of one that a notice or the file settled while the network answered."""
    order = orders.read(conn, ctx.bank_id, intent)
    if order.is_open:
        _refuse(conn, ctx, row, order, code)
    elif order.state is OrderState.SUCCEEDED:
        record(conn, ctx, ANSWER, intent, OLDER_NEWS, _compared(order), {"code": code})


async def _send(core: CoreServices, work: OutboxRow, *, sent: TransferAction) -> Effect:
    """Send the transfer, or ask where it stands, until its outcome is known."""
    ctx, intent = context_of(core, work), work.subject
    command = await core.store.read(lambda conn: _command(conn, ctx, intent))
    if command is None:
        return nothing_to_do
    try:
        transfer = await _sent_or_asked(core, ctx, sent, command, intent, first=work.attempts == 1)
    except CallFailed as error:
        raise RetryLater(error.reason) from error
    except Problem as problem:
        code = problem.code
        # Only the network's own codes about the card are a refusal. Any other problem leaves the outcome open.
        if not code.startswith("card."):
            raise RetryLater(code) from problem
        return lambda conn: _refuse_answered(conn, ctx, sent, intent, code)
    if transfer.intent != intent:
        raise RetryLater("answered about another transfer")
    # The call may have lasted beyond midnight: what it says is booked today, not on the day when we asked.
    ctx = context_of(core, work)
    if transfer.state is TransferState.PROCESSING:
        # The order was open when we asked. Where a notice has ended it since, this answer contradicts nothing.
        await core.store.write(lambda conn: _mark_as_waiting(conn, ctx, intent), queue=queue_of(work))
        raise RetryLater("processing", ASK_AGAIN_S if work.attempts <= EAGER_ATTEMPTS else None)
    return lambda conn: _settle_answer(conn, ctx, sent, transfer)


async def _sent_or_asked(
    core: CoreServices,
    ctx: Context,
    sent: TransferAction,
    command: StartTransfer,
    intent: str,
    *,
    first: bool,
) -> Transfer:
    if not first:
        try:
            return await core.card_network.transfer(ctx.bank_id, intent)
        except Problem as problem:
            if problem.code != "transfer.unknown":
                raise
    # The network has not heard of it. While it is stopped, it hears nothing new.
    await core.store.read(lambda conn: require_sending(conn, ctx, CARD_NETWORK))
    ask = core.card_network.debit if sent.kind == "debit" else core.card_network.credit
    return await ask(ctx.bank_id, command, intent)


def _command(conn: Connection, ctx: Context, intent: str) -> StartTransfer | None:
    """Return the transfer that the network must make, or None once the order has ended."""
    order = orders.read(conn, ctx.bank_id, intent)
    if not order.is_open:
        return None
    account = wallet.read_account_of_order(conn, order)
    assert order.amount_fen is not None
    return StartTransfer(
        card_token=account.card_token,
        name=read_customer(conn, ctx.bank_id, order.customer_id).name,
        amount_fen=order.amount_fen,
        notify_url=f"{ctx.settings.public_base_url}/notices/card-network/{ctx.bank_id}",
    )


def _mark_as_waiting(conn: Connection, ctx: Context, intent: str) -> None:
    orders.step(conn, ctx, intent, "sent", "waiting_for_bank")


def _settle_answer(conn: Connection, ctx: Context, sent: TransferAction, transfer: Transfer) -> None:
    settle(conn, ctx, {sent.action.kind: sent}, transfer, ANSWER)
