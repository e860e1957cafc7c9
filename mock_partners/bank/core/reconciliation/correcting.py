"""Book what two persons decided about a difference, and tell the customer."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection

from mock_partners.bank.core import ledger, orders, suspense, wallet
from mock_partners.bank.core.account_services import refunds
from mock_partners.bank.core.account_services.transfers import CHARGED, CREDITED, HELD, PAID_OUT
from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.kernel.account_roles import SUSPENSE
from mock_partners.bank.core.kernel.actions import OUT_OF_SUSPENSE, REVERSAL
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.ledger.chart import wallet_code
from mock_partners.bank.core.notices.text_messages import notify_customer
from mock_partners.bank.core.orders import OrderRecord
from mock_partners.bank.core.orders.value_dates import nearest_day
from mock_partners.bank.core.reconciliation.card_transfers import TRANSFERS
from mock_partners.bank.core.reconciliation.planning import Plan, found_journal, postings_of
from mock_partners.bank.core.reconciliation.records import DifferenceRecord
from mock_partners.bank.core.wallet import counters
from mock_partners.bank.core.wallet.states import AccountEvent, AccountState
from partner_adapters.core_bank.differences import Resolution
from partner_adapters.core_bank.orders import OrderState
from partner_adapters.kit.values.clock import CHINA
from partner_adapters.kit.values.money import fen_to_wire
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.texts import Text

# Why an order ended otherwise than its customer was told before.
REVERSED, REFUND_HELD = "transfer.reversed", "transfer.refund_held"


def carry_out(
    conn: Connection, ctx: Context, found: DifferenceRecord, action: Resolution, planned: Plan, intent: str
) -> Started:
    """Book the plan, or begin the refund `intent`. Problems 409 `account.not_open`, `account.insufficient`,
    `account.full`.
    """
    if planned.signed_fen is None:
        return Started()
    try:
        match action:
            case "late_success":
                _succeed_late(conn, ctx, found)
            case "reversal":
                _reverse(conn, ctx, found, planned.signed_fen)
            case "suspense":
                _hold(conn, ctx, found, planned.signed_fen)
            case "to_account":
                assert planned.account_id is not None
                _release(conn, ctx, found, planned.account_id, planned.signed_fen)
            case "to_card":
                assert planned.account_id is not None
                return _refund(conn, ctx, found, planned.account_id, planned.signed_fen, intent)
    except ledger.BelowFloor as error:
        raise Problem(
            409, "account.insufficient", "the customer's account does not hold the amount"
        ) from error
    except ledger.AboveCeiling as error:
        raise _account_full() from error
    return Started()


def _succeed_late(conn: Connection, ctx: Context, found: DifferenceRecord) -> None:
    """Book what the network did on the order that had failed. The order's own row books it and tells the customer."""
    orders.revive(conn, ctx, found.subject)
    order = orders.read(conn, ctx.bank_id, found.subject)
    row = TRANSFERS[order.kind]
    if row.kind == "credit":
        # What it had held is free again. An account that is frozen or closed is not charged.
        wallet.require_open(wallet.read_account_of_order(conn, order))
    if row.action.inflow is not None:
        _bring_late(conn, ctx, order)
    row.book(conn, ctx, order, nearest_day(conn, ctx, order, _settled_on(ctx, found)))


def _bring_late(conn: Connection, ctx: Context, order: OrderRecord) -> None:
    """Count what comes in after all. Problems 409 `account.not_open`, `account.full`: it goes through suspense."""
    account = wallet.read_account_of_order(conn, order)
    assert order.amount_fen is not None
    if not account.allows(AccountEvent.RECEIVE):
        raise Problem(409, "account.not_open")
    if not wallet.fits(conn, ctx, account, order.amount_fen):
        raise _account_full()
    counters.count_again(conn, ctx, order.intent)


def _settled_on(ctx: Context, found: DifferenceRecord) -> date:
    settled_at = found.theirs.get("settled_at")
    return ctx.today if settled_at is None else datetime.fromisoformat(settled_at).astimezone(CHINA).date()


def _reverse(conn: Connection, ctx: Context, found: DifferenceRecord, signed_fen: int) -> None:
    """Book the opposite of a transfer that the network did not make, its fee too, and end its order as failed.

    What it counted towards the limits of its day and year is given back.
    """
    undone = found_journal(conn, ctx, found.subject)
    order = orders.read(conn, ctx.bank_id, found.subject)
    postings = postings_of(conn, ctx, undone.journal_id)
    moved_fen = sum(row.amount_fen for row in postings)
    if signed_fen > 0:
        wallet.make_room(conn, ctx, undone.subject_id, moved_fen)
    ledger.post(
        conn,
        ctx,
        REVERSAL,
        found.subject,
        [(row.credit_code, row.debit_code, row.amount_fen) for row in postings],
        subject=undone.subject_id,
        reference=undone.reference,
        counterparty=_other_side(order),
        reverses=undone.journal_id,
    )
    counters.give_back(conn, ctx, order.intent)
    account = wallet.find_account(conn, ctx.bank_id, undone.subject_id)
    assert account is not None
    if signed_fen > 0 and not account.allows(AccountEvent.RECEIVE):
        _keep_refund(conn, ctx, order, account, moved_fen)
        return
    orders.retract(conn, ctx, order.intent, REVERSED)
    kind = "transfer_reversed_out" if signed_fen < 0 else "transfer_reversed_in"
    _tell(conn, ctx, kind, account.account_id, moved_fen, order.reference)


def _keep_refund(
    conn: Connection, ctx: Context, order: OrderRecord, account: wallet.AccountRecord, amount_fen: int
) -> None:
    """Keep in suspense what came back for an account that takes nothing: the bank froze it, or it was closed."""
    suspense.hold_refund(
        conn,
        ctx,
        order.intent,
        amount_fen,
        f"account.{account.state}",
        account_id=account.account_id,
        reference=order.reference,
        counterparty=_other_side(order),
    )
    orders.retract(conn, ctx, order.intent, REFUND_HELD)
    _tell(conn, ctx, "refund_held", account.account_id, amount_fen, order.reference)


def _hold(conn: Connection, ctx: Context, found: DifferenceRecord, signed_fen: int) -> None:
    """Hold what the network moved, and end an order that still waits: it will not be done as it was ordered."""
    order = orders.find(conn, ctx.bank_id, found.subject)
    # Also of one that is closed: the money is that customer's.
    account = None if order is None else wallet.find_latest_account(conn, ctx.bank_id, order.customer_id)
    account_id = None if account is None else account.account_id
    suspense.hold(
        conn,
        ctx,
        found.subject,
        abs(signed_fen),
        found.code,
        kind="debit" if signed_fen > 0 else "credit",
        account_id=account_id,
        reference="" if order is None else order.reference,
        counterparty=None if order is None else _other_side(order),
        theirs=found.theirs,
    )
    if order is None or account_id is None:
        return
    why = HELD if signed_fen > 0 else PAID_OUT
    if order.is_open:
        TRANSFERS[order.kind].undo(conn, ctx, order)
        orders.fail(conn, ctx, order.intent, why)
        orders.mark_told(conn, ctx, order.intent)
    elif order.state is OrderState.FAILED and order.is_of_customer:
        orders.restate(conn, ctx, order.intent, why)
    if signed_fen > 0:
        _tell(conn, ctx, "transfer_held", account_id, signed_fen, order.reference)


def _release(
    conn: Connection, ctx: Context, found: DifferenceRecord, account_id: str, signed_fen: int
) -> None:
    """Move what lies in suspense to the account, or charge the account with what was paid out."""
    account = wallet.find_account(conn, ctx.bank_id, account_id)
    if account is None or account.state is not AccountState.OPEN:
        raise Problem(409, "account.not_open")
    wallet.state_ceiling(conn, ctx, account)
    order = orders.find(conn, ctx.bank_id, found.subject)
    ledger.post(
        conn,
        ctx,
        OUT_OF_SUSPENSE,
        found.subject,
        [_line(SUSPENSE, wallet_code(account_id), signed_fen)],
        subject=found.difference_id,
        reference="" if order is None else order.reference,
        counterparty=None if order is None else _other_side(order),
    )
    held_for = orders.find(conn, ctx.bank_id, _held_for(found))
    if held_for is not None and held_for.state is OrderState.FAILED and held_for.is_of_customer:
        orders.restate(conn, ctx, held_for.intent, CREDITED if signed_fen > 0 else CHARGED)
    kind = "suspense_credited" if signed_fen > 0 else "suspense_charged"
    _tell(conn, ctx, kind, account_id, abs(signed_fen), _quoted_reference(found))


def _refund(
    conn: Connection, ctx: Context, found: DifferenceRecord, account_id: str, amount_fen: int, intent: str
) -> Started:
    account = wallet.find_account(conn, ctx.bank_id, account_id)
    assert account is not None
    return refunds.start(
        conn,
        ctx,
        intent,
        account,
        amount_fen,
        difference_id=found.difference_id,
        held_for=_held_for(found),
        reference=_quoted_reference(found),
    )


def _held_for(found: DifferenceRecord) -> str:
    """Return the intent under which the money came into suspense: a refund that failed names it."""
    return str(found.ours.get("held_for", found.subject))


def _quoted_reference(found: DifferenceRecord) -> str:
    """Return what the customer quotes: the reference of the order, or the difference where no order is known."""
    return str(found.ours["reference"]) or found.difference_id[:8].upper()


def _account_full() -> Problem:
    return Problem(409, "account.full", "the customer's account may not contain so much")


def _line(debit: str, credit: str, signed_fen: int) -> ledger.Line:
    """Return the posting, the other way round for an amount below zero."""
    return (debit, credit, signed_fen) if signed_fen > 0 else (credit, debit, -signed_fen)


def _other_side(order: OrderRecord) -> Text | None:
    row = TRANSFERS.get(order.kind)
    return order.target if row is not None and row.kind == "credit" else order.source


def _tell(
    conn: Connection, ctx: Context, kind: str, account_id: str, amount_fen: int, reference: str
) -> None:
    account = wallet.find_account(conn, ctx.bank_id, account_id)
    assert account is not None
    notify_customer(
        conn,
        ctx,
        account.customer_id,
        kind,
        last_four=account.last_four,
        amount=fen_to_wire(amount_fen),
        balance=fen_to_wire(wallet.balance(conn, ctx.bank_id, account_id)),
        reference=reference,
    )
