"""Top-ups: the card network debits the bound card, and the account is credited when the network says so."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from mock_partners.bank.core import orders, wallet
from mock_partners.bank.core.account_services import card_debits, transfers
from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.customers import consents
from mock_partners.bank.core.kernel.actions import TOP_UP
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.notices.text_messages import notify_customer
from mock_partners.bank.core.orders import OrderRecord
from mock_partners.bank.core.verification.evidence import Verified
from mock_partners.bank.core.wallet import AccountRecord, counters
from mock_partners.bank.core.wallet.states import AccountEvent
from mock_partners.bank.core.wallet.wire import DEBIT_CONSENT, most_at_once_fen
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.kit.values.money import fen_to_wire, money_params
from partner_adapters.kit.values.problems import invalid


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
    least_fen, most_fen = ctx.parameters.top_up_min_fen, most_at_once_fen(conn, ctx, account, owed_fen)
    if command.amount_fen < least_fen:
        raise invalid("amount", "amount.too_small", **money_params(min=least_fen, max=most_fen))
    if command.amount_fen > most_fen:
        raise invalid("amount", "amount.too_large", **money_params(min=least_fen, max=most_fen))
    wallet.require(account, AccountEvent.BRING_MONEY)
    consents.require_standing(conn, ctx, account.customer_id, DEBIT_CONSENT)
    card_debits.authorise(conn, ctx, verified, account.customer_id, intent, command.amount_fen)
    started = transfers.start(
        conn,
        ctx,
        TRANSFER,
        intent,
        customer_id=account.customer_id,
        amount_fen=command.amount_fen,
        source=wallet.bound_card_label(account),
        target=wallet.account_label(account.number),
    )
    counters.count_in(conn, ctx, account, TOP_UP, command.amount_fen, intent)
    return started


def _book(conn: Connection, ctx: Context, order: OrderRecord, value_date: date) -> None:
    account = wallet.read_account_of_order(conn, order)
    assert order.amount_fen is not None
    entry_id = card_debits.credit_or_hold(conn, ctx, TOP_UP, order, account, value_date)
    if entry_id is None:
        return
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


def _undo(conn: Connection, ctx: Context, order: OrderRecord) -> None:
    counters.give_back(conn, ctx, order.intent)


TRANSFER = transfers.TransferAction(TOP_UP, "debit", book=_book, undo=_undo)
