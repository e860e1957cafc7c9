"""Top-ups: ask the card network to debit the bound card, and book what it says once, whoever says it first.

Its answer, its signed notice and its settlement file all end in `settle`. Until one of them came the order is
`processing`: no answer is neither success nor failure.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from mock_partners.bank.core import orders
from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.customers import person
from mock_partners.bank.core.kernel.account_roles import NETWORK_CLEARING
from mock_partners.bank.core.kernel.actions import TOP_UP
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices, Handlers, context_of, enqueue
from mock_partners.bank.core.notices.text_messages import notify_customer
from mock_partners.bank.core.orders.differences import record
from mock_partners.bank.core.wallet import book
from partner_adapters.card_network.wire import StartTransfer, Transfer, TransferState
from partner_adapters.core_bank.orders import Order, OrderState
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.kit.durable.outbox import Effect, OutboxRow, RetryLater, nothing_to_do
from partner_adapters.kit.values.clock import CHINA
from partner_adapters.kit.values.money import fen_to_wire, money_params
from partner_adapters.kit.values.problems import Problem, invalid
from partner_adapters.kit.web.calls.http_client import CallFailed

KIND = "top_up.debit"
STEPS = ("confirmed", "sent", "waiting_for_bank", "booked")
ASK_AGAIN_S = 1.0
"""The network's notice usually comes first; this is for when it does not. Backs off after the first tries."""
EAGER_ATTEMPTS = 5
# The parts of an order that are recorded beside a transfer which does not fit it.
COMPARED = {"kind", "state", "amount_fen", "currency"}


def start(conn: Connection, ctx: Context, account_id: str, command: TopUp, intent: str) -> Started:
    """Order a top-up from the bound card.

    Problems 422 `amount.too_small`, `amount.too_large`; 404 `account.unknown`; 409 `account.not_open`.
    """
    account = book.own_account(conn, ctx, account_id)
    limits = ctx.parameters
    figures = money_params(min=limits.top_up_min_fen, max=limits.top_up_max_fen)
    if command.amount_fen < limits.top_up_min_fen:
        raise invalid("amount", "amount.too_small", **figures)
    if command.amount_fen > limits.top_up_max_fen:
        raise invalid("amount", "amount.too_large", **figures)
    if account.state != "open":
        raise Problem(409, "account.not_open")
    orders.start(
        conn,
        ctx,
        kind="top_up",
        intent=intent,
        customer_id=account.customer_id,
        amount_fen=command.amount_fen,
        source=book.shown(account.bank_name, account.card_last_four),
        target=book.own_shown(account.number),
        steps=STEPS,
    )
    return Started(enqueue(conn, ctx, KIND, intent))


async def debit_card(core: CoreServices, row: OutboxRow) -> Effect:
    """Send the debit, or ask where it stands, until its outcome is known."""
    ctx, intent = context_of(core, row), row.subject
    command, state = await core.store.read(lambda conn: _command(conn, ctx, intent))
    if state is not OrderState.PROCESSING:
        return nothing_to_do
    try:
        said = await _sent_or_asked(core, ctx, command, intent, first=row.attempts == 1)
    except CallFailed as error:
        raise RetryLater(error.reason) from error
    except Problem as problem:
        code = problem.code
        # The network's own words about the card are a refusal; anything else leaves the outcome open.
        if not code.startswith("card."):
            raise RetryLater(code) from problem
        return lambda conn: orders.fail(conn, ctx, intent, code)
    if said.intent != intent:
        raise RetryLater("answered about another transfer")
    if said.state is TransferState.PROCESSING:
        await core.store.write(lambda conn: _waiting(conn, ctx, intent))
        raise RetryLater("processing", ASK_AGAIN_S if row.attempts <= EAGER_ATTEMPTS else None)
    return lambda conn: _settled(conn, ctx, said)


def settle(conn: Connection, ctx: Context, said: Transfer, source: str) -> str | None:
    """Book a top-up whose outcome the network told, once. Returns a code where its word does not fit our order.

    What does not fit is recorded for a person to look at, and nothing is booked on it: `transfer.unknown`,
    `transfer.kind_differs`, `transfer.amount_differs`, `transfer.state_differs`.
    """
    order = orders.find(conn, ctx.bank_id, said.intent)
    code = _misfit(order, said)
    if order is None or code is not None:
        ours = {} if order is None else order.model_dump(mode="json", include=COMPARED)
        record(conn, ctx, source, said.intent, code or "", ours, said.model_dump(mode="json"))
        return code
    if order.state is OrderState.PROCESSING:
        if said.state is TransferState.SUCCEEDED:
            _book(conn, ctx, order, settled_on(said) or ctx.today)
        else:
            orders.fail(conn, ctx, said.intent, said.code or "card.refused")
    return None


def settled_on(said: Transfer) -> date | None:
    """The business date on which the network settled: that of the settlement file which lists the transfer."""
    return None if said.settled_at is None else said.settled_at.astimezone(CHINA).date()


async def _sent_or_asked(
    core: CoreServices, ctx: Context, command: StartTransfer, intent: str, *, first: bool
) -> Transfer:
    if not first:
        try:
            return await core.card_network.transfer(ctx.bank_id, intent)
        except Problem as problem:
            if problem.code != "transfer.unknown":
                raise
    return await core.card_network.debit(ctx.bank_id, command, intent)


def _command(conn: Connection, ctx: Context, intent: str) -> tuple[StartTransfer, OrderState]:
    order = orders.read(conn, ctx.bank_id, intent)
    account = book.find(conn, ctx.bank_id, customer_id=order.customer_id)
    assert account is not None
    assert order.amount_fen is not None
    command = StartTransfer(
        card_token=account.card_token,
        name=person(conn, ctx.bank_id, order.customer_id).name,
        amount_fen=order.amount_fen,
        notify_url=f"{ctx.settings.public_base_url}/notices/card-network/{ctx.bank_id}",
    )
    return command, order.state


def _misfit(order: Order | None, said: Transfer) -> str | None:
    if order is None:
        return "transfer.unknown"
    if (order.kind, said.kind) != (TOP_UP.kind, "debit"):
        return "transfer.kind_differs"
    if order.amount_fen != said.amount_fen:
        return "transfer.amount_differs"
    settled = said.state is not TransferState.PROCESSING
    fits = order.state is OrderState.PROCESSING or order.state.value == said.state.value
    return None if settled and fits else "transfer.state_differs"


def _book(conn: Connection, ctx: Context, order: Order, value_date: date) -> None:
    account = book.find(conn, ctx.bank_id, customer_id=order.customer_id)
    assert account is not None
    assert order.amount_fen is not None
    entry_id = book.credit(
        conn,
        ctx,
        account.account_id,
        NETWORK_CLEARING,
        order.amount_fen,
        TOP_UP,
        order.intent,
        subject=account.account_id,
        counterparty=order.source,
        value_date=value_date,
    )
    orders.succeed(conn, ctx, order.intent, {"account_id": account.account_id, "entry_id": entry_id})
    notify_customer(
        conn,
        ctx,
        order.customer_id,
        "top_up",
        last_four=account.number[-4:],
        card=(order.source or {})["zh"],
        amount=fen_to_wire(order.amount_fen),
        balance=fen_to_wire(book.balance(conn, ctx.bank_id, account.account_id)),
        reference=order.reference,
    )


def _waiting(conn: Connection, ctx: Context, intent: str) -> None:
    orders.step(conn, ctx, intent, "sent")
    orders.step(conn, ctx, intent, "waiting_for_bank")


def _settled(conn: Connection, ctx: Context, said: Transfer) -> None:
    settle(conn, ctx, said, "card_network.answer")


HANDLERS: Handlers = {KIND: debit_card}
