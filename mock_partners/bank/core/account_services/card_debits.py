"""What all debits of the bound card share: the check of a large one, and where the money goes that the network took.

It goes into the customer's account. If the bank froze that account, or it was closed or became full meanwhile, the
money goes into suspense, and the staff decides.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from mock_partners.bank.core import orders, suspense, wallet
from mock_partners.bank.core.kernel.account_roles import NETWORK_CLEARING
from mock_partners.bank.core.kernel.actions import Action
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.notices.text_messages import notify_customer
from mock_partners.bank.core.orders import OrderRecord
from mock_partners.bank.core.verification.evidence import Verified, record_authorisation
from mock_partners.bank.core.wallet import AccountRecord, counters
from mock_partners.bank.core.wallet.states import AccountEvent
from partner_adapters.kit.values.money import fen_to_wire, money_params
from partner_adapters.kit.values.problems import Problem


def authorise(
    conn: Connection,
    ctx: Context,
    verified: Verified | None,
    customer_id: str,
    intent: str,
    amount_fen: int,
) -> None:
    """Record the evidence of a large debit. Smaller ones need none, and an expired session then moves little.

    Problem 401 `step_up.required`.
    """
    if amount_fen <= ctx.parameters.top_up_unchecked_fen:
        return
    if verified is None:
        raise Problem(401, "step_up.required", "a debit of this amount needs a fresh check")
    record_authorisation(conn, ctx, verified, customer_id, intent, amount_fen)


def credit_or_hold(
    conn: Connection,
    ctx: Context,
    action: Action,
    order: OrderRecord,
    account: AccountRecord,
    value_date: date,
) -> str | None:
    """Credit the account with what the network took, and return the statement entry's id.

    Return None where the account cannot receive it. Then it lies in suspense, the order has failed, and the customer
    is told that the card was debited.
    """
    assert order.amount_fen is not None
    if not account.allows(AccountEvent.RECEIVE):
        _hold(conn, ctx, action, order, account, value_date, f"account.{account.state}", "account.held")
        return None
    if action.inflow is None:
        # It goes on to a loan in this transaction. What the loan no longer owes is the customer's own money.
        wallet.make_room(conn, ctx, account.account_id, order.amount_fen)
    elif not wallet.fits(conn, ctx, account, order.amount_fen):
        _hold(conn, ctx, action, order, account, value_date, "account.full", "account.full")
        return None
    else:
        wallet.state_ceiling(conn, ctx, account)
    return wallet.credit(
        conn,
        ctx,
        account.account_id,
        NETWORK_CLEARING,
        order.amount_fen,
        action,
        order.intent,
        subject=account.account_id,
        reference=order.reference,
        counterparty=order.source,
        value_date=value_date,
    )


def _hold(
    conn: Connection,
    ctx: Context,
    action: Action,
    order: OrderRecord,
    account: AccountRecord,
    value_date: date,
    code: str,
    reason: str,
) -> None:
    """Hold the money under the difference `code`, and fail the order for `reason`."""
    assert order.amount_fen is not None
    suspense.hold(
        conn,
        ctx,
        order.intent,
        order.amount_fen,
        code,
        account_id=account.account_id,
        reference=order.reference,
        counterparty=order.source,
        value_date=value_date,
    )
    counters.give_back(conn, ctx, order.intent)
    orders.fail(conn, ctx, order.intent, reason, money_params(amount=order.amount_fen))
    orders.mark_told(conn, ctx, order.intent)
    notify_customer(
        conn,
        ctx,
        order.customer_id,
        f"{action.kind}_held",
        last_four=account.last_four,
        card=order.source or {},
        amount=fen_to_wire(order.amount_fen),
        reference=order.reference,
    )
