"""Changing the bound card: fresh evidence, the four elements of the new card, and nothing under way with the old one.

The balance stays. The authorisation to debit a card names that card, so it ends with it. The old card is kept with
the days on which it was bound.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from sqlalchemy import Connection, insert, select, update

from mock_partners.bank.core import orders, wallet
from mock_partners.bank.core.account_services.tables import card_change
from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.customers import CustomerRecord, consents, read_customer
from mock_partners.bank.core.customers.card_elements import CardRefused, verify_elements
from mock_partners.bank.core.kernel.actions import CARD_CHANGE, settled_with
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
from mock_partners.bank.core.wallet.labels import card_label, card_label_of
from mock_partners.bank.core.wallet.tables import bound_card, earlier_card
from mock_partners.bank.core.wallet.wire import DEBIT_CONSENT
from partner_adapters.card_network.wire import FourElementsAnswer
from partner_adapters.core_bank.cards import ChangeCard, EarlierCard, EarlierCardList
from partner_adapters.kit.durable.outbox import Effect, OutboxRow, nothing_to_do
from partner_adapters.kit.values.problems import Problem

KIND = "card.change"
STEPS = ("confirmed", "card_checked", "changed")
_t = card_change.c


def start(
    conn: Connection, ctx: Context, account_id: str, command: ChangeCard, intent: str, verified: Verified
) -> Started:
    """Order the change of the bound card. Problems as `Cards.change` names them."""
    account = wallet.require_open(wallet.read_own_account(conn, ctx, account_id))
    if _is_under_way(conn, ctx, account.customer_id, but=intent):
        raise Problem(409, "card.under_way")
    count_use(conn, ctx, CARD_QUESTIONS, account.customer_id)
    record_authorisation(conn, ctx, verified, account.customer_id, intent)
    orders.start(
        conn,
        ctx,
        kind="card_change",
        intent=intent,
        customer_id=account.customer_id,
        source=wallet.bound_card_label(account),
        target=card_label_of(command.card_number),
        steps=STEPS,
    )
    conn.execute(
        insert(card_change).values(
            bank_id=ctx.bank_id,
            intent=intent,
            customer_id=account.customer_id,
            card_number=command.card_number,
            card_phone=command.phone,
            asked_at=ctx.now,
        )
    )
    return Started(enqueue_leased(conn, ctx, KIND, intent, customer_id=account.customer_id))


async def ask_network(core: CoreServices, row: OutboxRow) -> Effect:
    """Ask the network whether the four elements belong together; then change the card, or fail the order."""
    ctx, intent = context_of(core, row), row.subject
    requested = await core.store.read(lambda conn: _requested(conn, ctx, intent))
    if requested is None:
        return nothing_to_do
    card_number, card_phone, customer = requested
    answer = await verify_elements(core, ctx, customer, card_number, card_phone)
    if isinstance(answer, CardRefused):
        return partial(_refuse, ctx=ctx, intent=intent, code=answer.code, params=answer.params)
    # The call may have lasted beyond midnight.
    return partial(
        _change, ctx=context_of(core, row), intent=intent, customer_id=customer.customer_id, card=answer
    )


def show_earlier(conn: Connection, ctx: Context, account_id: str) -> EarlierCardList:
    """Return the cards that were bound before, the latest first. Problem 404 `account.unknown`."""
    wallet.read_own_account(conn, ctx, account_id)
    t = earlier_card.c
    query = (
        select(earlier_card)
        .where(t.bank_id == ctx.bank_id, t.account_id == account_id)
        .order_by(t.unbound_at.desc(), t.bound_at.desc())
    )
    return EarlierCardList(
        items=[
            EarlierCard(
                bank_name=row.bank_name,
                last_four=row.last_four,
                bound_at=row.bound_at,
                unbound_at=row.unbound_at,
            )
            for row in conn.execute(query)
        ]
    )


def _is_under_way(conn: Connection, ctx: Context, customer_id: str, *, but: str) -> bool:
    """Whether a transfer with the bound card, or another change of it, has no outcome yet."""
    kinds = [*settled_with(CARD_NETWORK), CARD_CHANGE.kind]
    return orders.has_open_order(conn, ctx.bank_id, customer_id, kinds, but=but)


def _requested(conn: Connection, ctx: Context, intent: str) -> tuple[str, str, CustomerRecord] | None:
    """Return the new card's number and phone with the customer, or None once the order has ended."""
    if not orders.read(conn, ctx.bank_id, intent).is_open:
        return None
    row = conn.execute(select(card_change).where(_t.bank_id == ctx.bank_id, _t.intent == intent)).one()
    return row.card_number, row.card_phone, read_customer(conn, ctx.bank_id, row.customer_id)


def _change(conn: Connection, ctx: Context, intent: str, customer_id: str, card: FourElementsAnswer) -> None:
    account = wallet.read_account_of_customer(conn, ctx.bank_id, customer_id)
    if refusal := _refusal(conn, ctx, intent, account, card):
        _refuse(conn, ctx, intent, refusal, {})
        return
    b = bound_card.c
    this_card = (b.bank_id == ctx.bank_id) & (b.account_id == account.account_id)
    old = conn.execute(select(bound_card).where(this_card)).one()
    conn.execute(insert(earlier_card).values(**old._asdict(), changed_by_intent=intent, unbound_at=ctx.now))
    new = {
        "card_token": card.card_token,
        "bank_code": card.bank_code,
        "bank_name": card.bank_name,
        "last_four": card.last_four,
        "bound_at": ctx.now,
    }
    conn.execute(update(bound_card).where(this_card).values(new))
    consents.end_purpose(conn, ctx, customer_id, DEBIT_CONSENT)
    _forget_card(conn, ctx, intent)
    orders.succeed(conn, ctx, intent, {"account_id": account.account_id})
    notify_customer(
        conn,
        ctx,
        customer_id,
        "card_changed",
        last_four=account.last_four,
        old=wallet.bound_card_label(account),
        new=card_label(card.bank_name, card.last_four),
    )


def _refusal(
    conn: Connection, ctx: Context, intent: str, account: wallet.AccountRecord, card: FourElementsAnswer
) -> str | None:
    """Return why the card is not changed, although the network knows it as the customer's."""
    if not account.is_open:
        return "account.not_open"
    if card.card_token == account.card_token:
        return "card.same"
    # Begun while the network was asked. Its money is to come from or go to the card that the customer saw.
    return "card.under_way" if _is_under_way(conn, ctx, account.customer_id, but=intent) else None


def _refuse(conn: Connection, ctx: Context, intent: str, code: str, params: Mapping[str, str]) -> None:
    _forget_card(conn, ctx, intent)
    orders.fail(conn, ctx, intent, code, params)


def _forget_card(conn: Connection, ctx: Context, intent: str) -> None:
    same_change = (_t.bank_id == ctx.bank_id) & (_t.intent == intent)
    conn.execute(update(card_change).where(same_change).values(card_number=None, card_phone=None))


HANDLERS: Handlers = {KIND: OutsideWork(ask_network, (CARD_NETWORK,))}
