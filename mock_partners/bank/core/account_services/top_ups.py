"""Top-ups: ask the card network to debit the bound card, and book the outcome once.

The network's answer, its signed notice and its settlement file all end in `settle`, whichever comes first. Until then
the order is `processing`: a missing answer is neither success nor failure.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from mock_partners.bank.core import orders, wallet
from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.customers import consents, read_customer
from mock_partners.bank.core.kernel.account_roles import NETWORK_CLEARING
from mock_partners.bank.core.kernel.actions import TOP_UP
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
from mock_partners.bank.core.notices.text_messages import notify_customer
from mock_partners.bank.core.orders import OrderRecord
from mock_partners.bank.core.orders.differences import record
from mock_partners.bank.core.orders.value_dates import nearest_day
from mock_partners.bank.core.orders.wire import order_to_wire
from mock_partners.bank.core.verification.evidence import Verified, record_authorisation
from mock_partners.bank.core.wallet import AccountRecord
from mock_partners.bank.core.wallet.wire import DEBIT_CONSENT, most_at_once_fen
from partner_adapters.card_network.wire import StartTransfer, Transfer, TransferState
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.kit.durable.outbox import Effect, OutboxRow, RetryLater, nothing_to_do
from partner_adapters.kit.values.clock import CHINA
from partner_adapters.kit.values.money import fen_to_wire, money_params
from partner_adapters.kit.values.problems import Problem, invalid
from partner_adapters.kit.web.calls.http_client import CallFailed

KIND = "top_up.debit"
STEPS = ("confirmed", "sent", "waiting_for_bank", "booked")
# The network's notice usually comes first. When it does not, we ask again so often for the first attempts, and then
# back off.
ASK_AGAIN_S = 1.0
EAGER_ATTEMPTS = 5
# The parts of an order that are recorded beside a transfer which does not fit it.
COMPARED = {"kind", "state", "amount_fen", "currency"}


def start(
    conn: Connection,
    ctx: Context,
    account: AccountRecord,
    command: TopUp,
    intent: str,
    verified: Verified | None,
    owed_fen: int,
) -> Started:
    """Order a top-up from the bound card. `owed_fen`: what the customer owes, which one top-up may always bring.

    Problems 401 `step_up.required`, 403 `consent.missing`, 409 `account.not_open`, 422 `amount.too_small`,
    422 `amount.too_large`.
    """
    least_fen, most_fen = ctx.parameters.top_up_min_fen, most_at_once_fen(ctx, owed_fen)
    if command.amount_fen < least_fen:
        raise invalid("amount", "amount.too_small", **money_params(min=least_fen, max=most_fen))
    if command.amount_fen > most_fen:
        raise invalid("amount", "amount.too_large", **money_params(min=least_fen, max=most_fen))
    wallet.require_open(account)
    consents.require_standing(conn, ctx, account.customer_id, DEBIT_CONSENT)
    _authorise(conn, ctx, account, command, intent, verified)
    orders.start(
        conn,
        ctx,
        kind="top_up",
        intent=intent,
        customer_id=account.customer_id,
        amount_fen=command.amount_fen,
        source=wallet.bound_card_label(account),
        target=wallet.account_label(account.number),
        steps=STEPS,
    )
    return Started(enqueue_leased(conn, ctx, KIND, intent, customer_id=account.customer_id))


def _authorise(
    conn: Connection,
    ctx: Context,
    account: AccountRecord,
    command: TopUp,
    intent: str,
    verified: Verified | None,
) -> None:
    """Record the evidence of a large top-up. Smaller ones need none, and an expired session then moves little."""
    if command.amount_fen <= ctx.parameters.top_up_unchecked_fen:
        return
    if verified is None:
        raise Problem(401, "step_up.required", "a top-up of this amount needs a fresh check")
    record_authorisation(conn, ctx, verified, account.customer_id, intent, command.amount_fen)


async def debit_card(core: CoreServices, row: OutboxRow) -> Effect:
    """Send the debit, or ask where it stands, until its outcome is known."""
    ctx, intent = context_of(core, row), row.subject
    command = await core.store.read(lambda conn: _debit_command(conn, ctx, intent))
    if command is None:
        return nothing_to_do
    try:
        transfer = await _sent_or_asked(core, ctx, command, intent, first=row.attempts == 1)
    except CallFailed as error:
        raise RetryLater(error.reason) from error
    except Problem as problem:
        code = problem.code
        # Only the network's own codes about the card are a refusal. Any other problem leaves the outcome open.
        if not code.startswith("card."):
            raise RetryLater(code) from problem
        return lambda conn: orders.fail(conn, ctx, intent, code)
    if transfer.intent != intent:
        raise RetryLater("answered about another transfer")
    # The call may have lasted beyond midnight: what it says is booked today, not on the day when we asked.
    ctx = context_of(core, row)
    if transfer.state is TransferState.PROCESSING:
        await core.store.write(lambda conn: _mark_as_waiting(conn, ctx, intent), queue=queue_of(row))
        raise RetryLater("processing", ASK_AGAIN_S if row.attempts <= EAGER_ATTEMPTS else None)
    return lambda conn: _settle_answer(conn, ctx, transfer)


def settle(
    conn: Connection, ctx: Context, transfer: Transfer, source: str, listed_on: date | None = None
) -> str | None:
    """Book the outcome of a top-up, once. Return a code if the transfer contradicts our order.

    A contradiction is recorded as a difference for the bank's staff, and nothing is booked: `transfer.unknown`,
    `transfer.kind_differs`, `transfer.amount_differs`, `transfer.state_differs`.

    `listed_on`: the day of the settlement file that lists it. An impossible day contradicts nothing that moved: the
    transfer is booked on the nearest possible one, and `transfer.date_differs` is recorded.
    """
    order = orders.find(conn, ctx.bank_id, transfer.intent)
    code = _contradiction(order, transfer)
    if order is None or code is not None:
        ours = {} if order is None else order_to_wire(order).model_dump(mode="json", include=COMPARED)
        record(conn, ctx, source, transfer.intent, code or "", ours, transfer.model_dump(mode="json"))
        return code
    if order.is_open:
        if transfer.state is TransferState.SUCCEEDED:
            _book(conn, ctx, order, _value_date(conn, ctx, order, transfer, source, listed_on))
        else:
            orders.fail(conn, ctx, transfer.intent, transfer.code or "card.refused")
    return None


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


async def _sent_or_asked(
    core: CoreServices, ctx: Context, command: StartTransfer, intent: str, *, first: bool
) -> Transfer:
    if not first:
        try:
            return await core.card_network.transfer(ctx.bank_id, intent)
        except Problem as problem:
            if problem.code != "transfer.unknown":
                raise
    # The network has not heard of it. While it is stopped, it hears nothing new.
    await core.store.read(lambda conn: require_sending(conn, ctx, CARD_NETWORK))
    return await core.card_network.debit(ctx.bank_id, command, intent)


def _debit_command(conn: Connection, ctx: Context, intent: str) -> StartTransfer | None:
    """Return the debit that the network must make, or None once the order has ended."""
    order = orders.read(conn, ctx.bank_id, intent)
    if not order.is_open:
        return None
    account = wallet.read_account_of_customer(conn, ctx.bank_id, order.customer_id)
    assert order.amount_fen is not None
    return StartTransfer(
        card_token=account.card_token,
        name=read_customer(conn, ctx.bank_id, order.customer_id).name,
        amount_fen=order.amount_fen,
        notify_url=f"{ctx.settings.public_base_url}/notices/card-network/{ctx.bank_id}",
    )


def _contradiction(order: OrderRecord | None, transfer: Transfer) -> str | None:
    if order is None:
        return "transfer.unknown"
    if (order.kind, transfer.kind) != (TOP_UP.kind, "debit"):
        return "transfer.kind_differs"
    if order.amount_fen != transfer.amount_fen:
        return "transfer.amount_differs"
    is_settled = transfer.state is not TransferState.PROCESSING
    fits = order.is_open or order.state.value == transfer.state.value
    return None if is_settled and fits else "transfer.state_differs"


def _book(conn: Connection, ctx: Context, order: OrderRecord, value_date: date) -> None:
    account = wallet.read_account_of_customer(conn, ctx.bank_id, order.customer_id)
    assert order.amount_fen is not None
    entry_id = wallet.credit(
        conn,
        ctx,
        account.account_id,
        NETWORK_CLEARING,
        order.amount_fen,
        TOP_UP,
        order.intent,
        subject=account.account_id,
        reference=order.reference,
        counterparty=order.source,
        value_date=value_date,
    )
    balance_fen = wallet.balance(conn, ctx.bank_id, account.account_id)
    ids = {"account_id": account.account_id, "entry_id": entry_id}
    orders.succeed(conn, ctx, order.intent, ids | money_params(balance=balance_fen))
    notify_customer(
        conn,
        ctx,
        order.customer_id,
        "top_up",
        last_four=account.last_four,
        card=order.source or {},
        amount=fen_to_wire(order.amount_fen),
        balance=fen_to_wire(balance_fen),
        reference=order.reference,
    )


def _mark_as_waiting(conn: Connection, ctx: Context, intent: str) -> None:
    orders.step(conn, ctx, intent, "sent", "waiting_for_bank")


def _settle_answer(conn: Connection, ctx: Context, transfer: Transfer) -> None:
    settle(conn, ctx, transfer, "card_network.answer")


HANDLERS: Handlers = {KIND: OutsideWork(debit_card, (CARD_NETWORK,))}
