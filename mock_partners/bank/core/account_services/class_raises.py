"""Raising an account of class III to II: fresh evidence, then the five elements of the bound card at the network.

The card that is named must be the bound one, and a class I account. A customer whose bound card is another kind of card
changes the card first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from mock_partners.bank.core import orders, wallet
from mock_partners.bank.core.account_services.tables import class_raise
from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.customers import CustomerRecord, read_customer
from mock_partners.bank.core.customers.card_elements import CardRefused, verify_elements
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.limit_uses import count_use
from mock_partners.bank.core.kernel.limits import CARD_QUESTIONS
from mock_partners.bank.core.kernel.parties import CARD_NETWORK
from mock_partners.bank.core.kernel.services import (
    CoreServices,
    Handlers,
    OutsideWork,
    context_of,
    enqueue_leased,
)
from mock_partners.bank.core.notices.text_messages import notify_customer
from mock_partners.bank.core.verification.evidence import Verified, record_authorisation
from mock_partners.bank.core.wallet.tables import account as account_table
from partner_adapters.core_bank.class_raises import RaiseClass
from partner_adapters.kit.durable.outbox import Effect, OutboxRow, nothing_to_do
from partner_adapters.kit.values.problems import Problem

KIND = "account.raise"
STEPS = ("confirmed", "card_checked", "raised")
_t = class_raise.c


def start(
    conn: Connection, ctx: Context, account_id: str, command: RaiseClass, intent: str, verified: Verified
) -> Started:
    """Order the raise. Problems as `partner_adapters.core_bank.class_raises.ClassRaises.start` names them."""
    account = wallet.require_open(wallet.read_own_account(conn, ctx, account_id))
    if account.account_class != "III":
        raise Problem(409, "account.class_reached")
    # A stranger with one face check must not try whose card a number is.
    count_use(conn, ctx, CARD_QUESTIONS, account.customer_id)
    record_authorisation(conn, ctx, verified, account.customer_id, intent)
    orders.start(conn, ctx, kind="class_raise", intent=intent, customer_id=account.customer_id, steps=STEPS)
    conn.execute(
        insert(class_raise).values(
            bank_id=ctx.bank_id,
            intent=intent,
            account_id=account_id,
            card_number=command.card_number,
            card_phone=command.card_phone,
            asked_at=ctx.now,
        )
    )
    return Started(enqueue_leased(conn, ctx, KIND, intent, customer_id=account.customer_id))


async def ask_network(core: CoreServices, row: OutboxRow) -> Effect:
    """Ask the network whether the five elements belong together; then raise the account, or fail the order."""
    ctx, intent = context_of(core, row), row.subject
    requested = await core.store.read(lambda conn: _requested(conn, ctx, intent))
    if requested is None:
        return nothing_to_do
    request, customer = requested
    answer = await verify_elements(core, ctx, customer, request.card_number, request.card_phone)
    if isinstance(answer, CardRefused):
        return partial(_refuse, ctx=ctx, intent=intent, code=answer.code, params=answer.params)
    return partial(_raise_class, ctx=ctx, request=request, card_token=answer.card_token)


def _requested(conn: Connection, ctx: Context, intent: str) -> tuple[Row[Any], CustomerRecord] | None:
    """Return the request and its customer, or None once the order has ended."""
    order = orders.read(conn, ctx.bank_id, intent)
    if not order.is_open:
        return None
    request = conn.execute(select(class_raise).where(_t.bank_id == ctx.bank_id, _t.intent == intent)).one()
    return request, read_customer(conn, ctx.bank_id, order.customer_id)


def _raise_class(conn: Connection, ctx: Context, request: Row[Any], card_token: str | None) -> None:
    account = wallet.find_account(conn, ctx.bank_id, request.account_id)
    assert account is not None, "a request refers to its account"
    # Between the question and the answer another order may have raised it, or the card may have been changed.
    if account.account_class != "III":
        _refuse(conn, ctx, request.intent, "account.class_reached", {})
        return
    if account.card_token != card_token:
        _refuse(conn, ctx, request.intent, "card.not_bound", {})
        return
    this = (account_table.c.bank_id == ctx.bank_id) & (account_table.c.account_id == account.account_id)
    conn.execute(update(account_table).where(this).values(account_class="II"))
    wallet.state_ceiling(conn, ctx, replace(account, account_class="II"))
    _forget_card(conn, ctx, request.intent)
    orders.succeed(conn, ctx, request.intent, {"account_id": account.account_id})
    notify_customer(conn, ctx, account.customer_id, "account_raised", last_four=account.last_four)


def _refuse(conn: Connection, ctx: Context, intent: str, code: str, params: Mapping[str, str]) -> None:
    _forget_card(conn, ctx, intent)
    orders.fail(conn, ctx, intent, code, params)


def _forget_card(conn: Connection, ctx: Context, intent: str) -> None:
    same = (_t.bank_id == ctx.bank_id) & (_t.intent == intent)
    conn.execute(update(class_raise).where(same).values(card_number=None, card_phone=None))


HANDLERS: Handlers = {KIND: OutsideWork(ask_network, (CARD_NETWORK,))}
