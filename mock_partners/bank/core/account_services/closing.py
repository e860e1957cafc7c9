"""Closing an account (销户): at balance zero, with nothing under way. What stands in the way is listed.

The account's row, statement and documents stay. Its customer may open another account afterwards.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import Connection, update

from mock_partners.bank.core import orders, wallet
from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.customers import consents
from mock_partners.bank.core.due_diligence import images
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.lines import lines
from mock_partners.bank.core.lines.records import LineRecord, lines_of_customer
from mock_partners.bank.core.notices.text_messages import notify_customer
from mock_partners.bank.core.verification.evidence import Verified, record_authorisation
from mock_partners.bank.core.wallet import AccountRecord
from mock_partners.bank.core.wallet.states import AccountEvent, AccountState
from mock_partners.bank.core.wallet.tables import account as account_table
from mock_partners.bank.core.wallet.wire import DEBIT_CONSENT
from partner_adapters.core_bank.closings import CloseAccount, Obstacle
from partner_adapters.core_bank.lines import LineState
from partner_adapters.kit.values.problems import Problem

STEPS = ("confirmed", "closed")
# What the customer agreed to for as long as the account is there.
ENDING_PURPOSES = ("account_terms", DEBIT_CONSENT)
_t = account_table.c


def require_unclosed(conn: Connection, ctx: Context, account_id: str) -> AccountRecord:
    """Return an own customer's account. Problems 404 `account.unknown`, 409 `account.not_open` once it is closed."""
    return wallet.require(wallet.read_own_account(conn, ctx, account_id), AccountEvent.FREEZE)


def close(
    conn: Connection,
    ctx: Context,
    account: AccountRecord,
    command: CloseAccount,
    intent: str,
    verified: Verified,
    *,
    obstacles: Sequence[Obstacle],
    gives_up: Collection[str],
) -> Started:
    """Close the account and end its lines. Problems as `Closings.close` names them.

    `obstacles`: all that stands in the way. `gives_up`: the contracts of all that ends with the account.
    """
    record_authorisation(conn, ctx, verified, account.customer_id, intent)
    if obstacles:
        raise Problem(409, "account.not_closable", params={"kind": obstacles[0].kind})
    if set(command.gives_up) != set(gives_up):
        # Something was opened or has ended since the page was shown: the customer has to see that.
        raise Problem(409, "account.gives_up_more")
    orders.start(
        conn,
        ctx,
        kind="account_closing",
        intent=intent,
        customer_id=account.customer_id,
        target=wallet.account_label(account.number),
        steps=STEPS,
    )
    for line in lines_of_customer(conn, ctx, account.customer_id):
        lines.end(conn, ctx, line.line_id)
    same = (_t.bank_id == ctx.bank_id) & (_t.account_id == account.account_id)
    closed = {"state": AccountState.CLOSED, "closed_on": ctx.today, "closed_by_intent": intent}
    conn.execute(update(account_table).where(same).values(closed))
    for purpose in ENDING_PURPOSES:
        consents.end_purpose(conn, ctx, account.customer_id, purpose)
    images.end_purpose(conn, ctx, account.customer_id)
    orders.succeed(conn, ctx, intent, {"account_id": account.account_id})
    notify_customer(conn, ctx, account.customer_id, "account_closed", last_four=account.last_four)
    return Started()


def obstacles_of_account(conn: Connection, ctx: Context, account: AccountRecord) -> Iterator[Obstacle]:
    """Yield what the account itself and its customer's orders put in the way."""
    if account.frozen_by_customer:
        yield Obstacle(kind="frozen")
    if account.state is AccountState.FROZEN:
        yield Obstacle(kind="frozen_by_bank")
    for order in orders.open_orders_of_customer(conn, ctx.bank_id, account.customer_id):
        yield Obstacle(kind="order", ref=order.key, amount_fen=order.amount_fen, about=order.kind)
    # What an open order holds leaves with that order, or comes back when it fails.
    if available_fen := wallet.available(conn, ctx.bank_id, account.account_id):
        yield Obstacle(kind="balance", amount_fen=available_fen)


def living_lines(conn: Connection, ctx: Context, account: AccountRecord) -> list[LineRecord]:
    """Return the lines that have not ended, also those that are frozen."""
    found = lines_of_customer(conn, ctx, account.customer_id)
    return [line for line in found if line.state_on(ctx.today) is not LineState.ENDED]
