"""The customer changes own limits: lower ones are in force at once, higher ones need a fresh check."""

from __future__ import annotations

from sqlalchemy import Connection

from mock_partners.bank.core import orders, wallet
from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.notices.text_messages import notify_customer
from mock_partners.bank.core.verification.evidence import Verified, record_authorisation
from mock_partners.bank.core.wallet.own_limits import OwnLimits, insert_own_limits, read_own_limits
from partner_adapters.core_bank.own_limits import ChangeLimits
from partner_adapters.kit.values.problems import Problem, invalid

STEPS = ("confirmed", "in_force")


def start(
    conn: Connection,
    ctx: Context,
    account_id: str,
    command: ChangeLimits,
    intent: str,
    verified: Verified | None,
) -> Started:
    """Put the limits in force. Problems as `partner_adapters.core_bank.own_limits.OwnLimits.change` names them."""
    account = wallet.require_open(wallet.read_own_account(conn, ctx, account_id))
    before = read_own_limits(conn, ctx.bank_id, account_id)
    after = OwnLimits(before.version + 1, command.each_fen, command.day_fen)
    if (after.each_fen, after.day_fen) == (before.each_fen, before.day_fen):
        raise invalid("each", "own_limit.unchanged")
    if before.is_raised_by(after):
        if verified is None:
            raise Problem(401, "step_up.required", "a limit that is raised needs a fresh check")
        record_authorisation(conn, ctx, verified, account.customer_id, intent)
    orders.start(conn, ctx, kind="limit_change", intent=intent, customer_id=account.customer_id, steps=STEPS)
    insert_own_limits(conn, ctx, account_id, after, intent)
    orders.succeed(conn, ctx, intent, {"account_id": account_id})
    notify_customer(conn, ctx, account.customer_id, "limits_changed", last_four=account.last_four)
    return Started()
