"""Withdrawals: the account's money goes to the bound card. It is held until the network says what became of it."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Connection

from mock_partners.bank.core import ledger, orders, wallet
from mock_partners.bank.core.account_services import transfers
from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.kernel.account_roles import INCOME_FEES, NETWORK_CLEARING
from mock_partners.bank.core.kernel.actions import WITHDRAWAL
from mock_partners.bank.core.kernel.canonical import canonical_sha256
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.ledger.chart import wallet_code
from mock_partners.bank.core.notices.text_messages import notify_customer
from mock_partners.bank.core.orders import OrderRecord
from mock_partners.bank.core.verification.evidence import Verified, record_authorisation
from mock_partners.bank.core.wallet import AccountRecord, holds
from partner_adapters.core_bank.withdrawals import AskWithdraw, Withdraw, WithdrawQuote
from partner_adapters.kit.values.money import fen_from_wire, fen_to_wire, money_params
from partner_adapters.kit.values.problems import Problem, invalid
from partner_adapters.kit.values.wire import content_to_hash


def quote(conn: Connection, ctx: Context, account_id: str, ask: AskWithdraw) -> WithdrawQuote:
    """Return a quote. Problems as `partner_adapters.core_bank.withdrawals.Withdrawals.quote` names them."""
    return _quote(conn, ctx, wallet.read_own_account(conn, ctx, account_id), ask)


def start(
    conn: Connection, ctx: Context, account_id: str, command: Withdraw, intent: str, verified: Verified
) -> Started:
    """Hold the money and have the network pay it to the bound card.

    Problems as `quote`, and 409 `quote.changed`, 409 `action.stopped`.
    """
    account = wallet.read_own_account(conn, ctx, account_id)
    # Before the quote: without evidence a caller learns nothing about what is available.
    record_authorisation(conn, ctx, verified, account.customer_id, intent, command.amount_fen)
    quoted = _quote(conn, ctx, account, command)
    if quoted.sha256 != command.quote_sha256:
        raise Problem(409, "quote.changed")
    started = transfers.start(
        conn,
        ctx,
        TRANSFER,
        intent,
        customer_id=account.customer_id,
        amount_fen=quoted.amount_fen,
        source=wallet.account_label(account.number),
        target=wallet.bound_card_label(account),
        # What was quoted is charged, also where the fee has changed by then.
        result={"account_id": account.account_id, **money_params(fee=quoted.fee_fen)},
    )
    holds.place(conn, ctx, account, WITHDRAWAL, quoted.amount_fen + quoted.fee_fen, intent)
    return started


def _quote(conn: Connection, ctx: Context, account: AccountRecord, ask: AskWithdraw) -> WithdrawQuote:
    wallet.require_open(account)
    rules = ctx.parameters.withdrawal_rules
    if ask.amount_fen < rules.least_fen:
        raise invalid("amount", "amount.too_small", **money_params(min=rules.least_fen))
    holds.require_room(conn, ctx, account, WITHDRAWAL, ask.amount_fen + rules.fee_fen)
    unsealed = WithdrawQuote(
        account_id=account.account_id,
        amount_fen=ask.amount_fen,
        fee_fen=rules.fee_fen,
        usual_minutes=rules.usual_minutes,
        latest_on=ctx.today + timedelta(days=rules.latest_days),
        sha256="0" * 64,
    )
    return unsealed.model_copy(update={"sha256": canonical_sha256(content_to_hash(unsealed, {"sha256"}))})


def _book(conn: Connection, ctx: Context, order: OrderRecord, value_date: date) -> None:
    account = wallet.read_account_of_order(conn, order)
    assert order.amount_fen is not None
    fee_fen, taken_from = fen_from_wire(order.result["fee"]), wallet_code(account.account_id)
    lines = [(taken_from, NETWORK_CLEARING, order.amount_fen)]
    if fee_fen:
        lines.append((taken_from, INCOME_FEES, fee_fen))
    # First the hold, which gives back what the postings take. A late success has none any more.
    if holds.is_held(conn, ctx, order.intent):
        holds.commit(conn, ctx, order.intent)
    entry_id, *_ = ledger.post(
        conn,
        ctx,
        WITHDRAWAL,
        order.intent,
        lines,
        subject=account.account_id,
        value_date=value_date,
        reference=order.reference,
        counterparty=order.target,
    )
    balance_fen = wallet.balance(conn, ctx.bank_id, account.account_id)
    ids = {**order.result, "entry_id": str(entry_id)}
    orders.succeed(conn, ctx, order.intent, ids | money_params(balance=balance_fen))
    notify_customer(
        conn,
        ctx,
        order.customer_id,
        "withdrawal",
        last_four=account.last_four,
        card=order.target or {},
        amount=fen_to_wire(order.amount_fen),
        balance=fen_to_wire(balance_fen),
        reference=order.reference,
    )


def _undo(conn: Connection, ctx: Context, order: OrderRecord) -> None:
    holds.release(conn, ctx, order.intent)


TRANSFER = transfers.TransferAction(WITHDRAWAL, "credit", book=_book, undo=_undo)
