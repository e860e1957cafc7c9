"""Refunds: what lies in suspense goes back to its person's bound card, because two persons of the bank decided so.

The money stays in suspense until the network says that it paid. Where it refuses, a new difference holds the money.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from mock_partners.bank.core import ledger, orders, suspense, wallet
from mock_partners.bank.core.account_services import transfers
from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.kernel.account_roles import NETWORK_CLEARING, SUSPENSE
from mock_partners.bank.core.kernel.actions import REFUND
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.notices.text_messages import notify_customer
from mock_partners.bank.core.orders import OrderRecord
from mock_partners.bank.core.wallet import AccountRecord
from partner_adapters.core_bank.orders import OrderState
from partner_adapters.kit.values.money import fen_to_wire

REFUSED = "refund.refused"


def start(
    conn: Connection,
    ctx: Context,
    intent: str,
    account: AccountRecord,
    amount_fen: int,
    *,
    difference_id: str,
    held_for: str,
    reference: str,
) -> Started:
    """Have the network pay what the difference holds to the card that is bound to the account, in whatever state.

    `held_for`, `reference`: the intent under which the money came into suspense, and what its customer quotes.
    """
    return transfers.start(
        conn,
        ctx,
        TRANSFER,
        intent,
        customer_id=account.customer_id,
        amount_fen=amount_fen,
        source=wallet.account_label(account.number),
        target=wallet.bound_card_label(account),
        # No partner asked for it.
        partner="",
        result={
            "account_id": account.account_id,
            "difference_id": difference_id,
            "held_for": held_for,
            "reference": reference,
        },
    )


def _book(conn: Connection, ctx: Context, order: OrderRecord, value_date: date) -> None:
    account = wallet.find_account(conn, ctx.bank_id, order.result["account_id"])
    assert account is not None
    assert order.amount_fen is not None
    ledger.post(
        conn,
        ctx,
        REFUND,
        order.intent,
        [(SUSPENSE, NETWORK_CLEARING, order.amount_fen)],
        subject=order.result["difference_id"],
        value_date=value_date,
        reference=order.reference,
        counterparty=order.target,
    )
    orders.succeed(conn, ctx, order.intent, order.result)
    held_for = orders.find(conn, ctx.bank_id, order.result["held_for"])
    if held_for is not None and held_for.state is OrderState.FAILED and held_for.is_of_customer:
        orders.restate(conn, ctx, held_for.intent, transfers.REFUNDED)
    notify_customer(
        conn,
        ctx,
        order.customer_id,
        "refund",
        card=order.target or {},
        amount=fen_to_wire(order.amount_fen),
        reference=order.result["reference"],
    )


def _undo(conn: Connection, ctx: Context, order: OrderRecord) -> None:
    """Let a new difference hold what the network refused to pay. It still lies in suspense."""
    assert order.amount_fen is not None
    suspense.hold_on(
        conn,
        ctx,
        order.intent,
        order.amount_fen,
        REFUSED,
        account_id=order.result["account_id"],
        reference=order.result["reference"],
        held_for=order.result["held_for"],
    )


TRANSFER = transfers.TransferAction(REFUND, "credit", book=_book, undo=_undo)
