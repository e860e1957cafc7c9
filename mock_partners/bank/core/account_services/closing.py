"""Closing an account (销户): at balance zero, with nothing under way. What stands in the way is listed.

The account's row, statement and documents stay. Its customer may open another account afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, update

from mock_partners.bank.core import orders, wallet
from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.customers import consents
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.lines import lines
from mock_partners.bank.core.lines.records import LineRecord, lines_of_customer
from mock_partners.bank.core.notices.text_messages import notify_customer
from mock_partners.bank.core.verification.evidence import Verified, record_authorisation
from mock_partners.bank.core.wallet import AccountRecord
from mock_partners.bank.core.wallet.states import AccountEvent, AccountState
from mock_partners.bank.core.wallet.tables import account as account_table
from partner_adapters.core_bank.closings import CloseAccount, Closing, LineToGiveUp, Obstacle
from partner_adapters.core_bank.lines import LineState
from partner_adapters.kit.values.problems import Problem

STEPS = ("confirmed", "closed")
# What the customer agreed to for as long as the account is there.
PURPOSES = ("account_terms", "card_debit")
_t = account_table.c


def show(conn: Connection, ctx: Context, account: AccountRecord, others: Sequence[Obstacle]) -> Closing:
    """Return what stands in the way, and the lines that end with the account. `others`: of loans and contracts."""
    wallet.require(account, AccountEvent.FREEZE)
    return Closing(
        obstacles=[*_obstacles(conn, ctx, account), *others],
        lines=[
            LineToGiveUp(
                line_id=line.line_id,
                product_name=line.product_name,
                contract_number=line.contract_number,
                limit_fen=line.limit_fen,
            )
            for line in _living_lines(conn, ctx, account)
        ],
    )


def close(
    conn: Connection,
    ctx: Context,
    account: AccountRecord,
    command: CloseAccount,
    intent: str,
    verified: Verified,
    others: Sequence[Obstacle],
) -> Started:
    """Close the account and give up its lines. Problems as `Closings.close` names them."""
    wallet.require(account, AccountEvent.FREEZE)
    record_authorisation(conn, ctx, verified, account.customer_id, intent)
    if obstacles := [*_obstacles(conn, ctx, account), *others]:
        raise Problem(409, "account.not_closable", params={"kind": obstacles[0].kind})
    living = _living_lines(conn, ctx, account)
    if {line.line_id for line in living} != set(command.give_up_lines):
        # A line that was opened or ended since the page was shown: the customer has to see that.
        raise Problem(409, "account.lines_changed")
    orders.start(
        conn,
        ctx,
        kind="account_closing",
        intent=intent,
        customer_id=account.customer_id,
        target=wallet.account_label(account.number),
        steps=STEPS,
    )
    for line in living:
        lines.end(conn, ctx, line.line_id)
    same = (_t.bank_id == ctx.bank_id) & (_t.account_id == account.account_id)
    closed = {"state": AccountState.CLOSED, "closed_on": ctx.today, "closed_by_intent": intent}
    conn.execute(update(account_table).where(same).values(closed))
    consents.end_with_account(conn, ctx, account.customer_id, PURPOSES)
    orders.succeed(conn, ctx, intent, {"account_id": account.account_id})
    notify_customer(conn, ctx, account.customer_id, "account_closed", last_four=account.last_four)
    return Started()


def _obstacles(conn: Connection, ctx: Context, account: AccountRecord) -> Iterator[Obstacle]:
    if not account.allows(AccountEvent.CLOSE):
        yield Obstacle(kind="frozen_by_bank" if account.state is AccountState.FROZEN else "frozen", ref="")
    if balance_fen := wallet.balance(conn, ctx.bank_id, account.account_id):
        yield Obstacle(kind="balance", ref=account.account_id, amount_fen=balance_fen)
    for order in orders.open_orders_of_customer(conn, ctx.bank_id, account.customer_id):
        yield Obstacle(kind="order", ref=order.key, amount_fen=order.amount_fen, about=order.kind)


def _living_lines(conn: Connection, ctx: Context, account: AccountRecord) -> list[LineRecord]:
    """Return the lines that have not ended, also those that are frozen."""
    found = lines_of_customer(conn, ctx, account.customer_id)
    return [line for line in found if line.state_on(ctx.today) is not LineState.ENDED]
