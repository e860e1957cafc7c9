"""Book what an outside party moved, and no account can take, into suspense, held by one open difference.

Two of the bank's staff resolve the difference and move the money to a customer's account.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection

from mock_partners.bank.core import ledger
from mock_partners.bank.core.kernel.account_roles import NETWORK_CLEARING, SUSPENSE
from mock_partners.bank.core.kernel.actions import INTO_SUSPENSE
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.ledger.chart import wallet_code
from mock_partners.bank.core.orders.differences import find_id, keep
from partner_adapters.card_network.wire import TransferKind
from partner_adapters.kit.values.money import money_params
from partner_adapters.kit.values.texts import Text

# The source of differences that hold money in suspense.
SOURCE = "suspense"


def hold(
    conn: Connection,
    ctx: Context,
    intent: str,
    amount_fen: int,
    code: str,
    *,
    kind: TransferKind = "debit",
    account_id: str | None = None,
    reference: str = "",
    counterparty: Text | None = None,
    value_date: date | None = None,
    theirs: Mapping[str, Any] | None = None,
) -> str:
    """Book into suspense what the network moved under `intent`, and return the id of the difference that holds it.

    `code` says why no account took the money, such as `account.closed` or `account.frozen`. `kind`: `debit` if the
    network took money for the bank, `credit` if it paid money out. `account_id`: the customer account that the money is
    meant for, where one is known. `reference` and `counterparty` are those of the order, if there is one. `theirs`:
    what the network said. The same intent is held once for a code: a second call returns the same id and books nothing.
    """
    held = find_id(conn, ctx, SOURCE, intent, code)
    if held is not None:
        return held
    ours = {"kind": kind, "account_id": account_id, "reference": reference} | money_params(amount=amount_fen)
    difference_id = keep(conn, ctx, SOURCE, intent, code, ours, theirs or {})
    sides = (NETWORK_CLEARING, SUSPENSE) if kind == "debit" else (SUSPENSE, NETWORK_CLEARING)
    ledger.post(
        conn,
        ctx,
        INTO_SUSPENSE,
        intent,
        [(*sides, amount_fen)],
        subject=difference_id,
        value_date=value_date,
        reference=reference,
        counterparty=counterparty,
    )
    return difference_id


def hold_on(
    conn: Connection,
    ctx: Context,
    intent: str,
    amount_fen: int,
    code: str,
    *,
    account_id: str,
    reference: str,
    held_for: str,
) -> str:
    """Let a new difference hold money that lies in suspense already, and return its id. Nothing is booked.

    `intent`: the order that was to pay it out and failed. `held_for`: the intent under which the money came.
    """
    ours = {"kind": "debit", "account_id": account_id, "reference": reference, "held_for": held_for}
    return keep(conn, ctx, SOURCE, intent, code, ours | money_params(amount=amount_fen), {})


def hold_refund(
    conn: Connection,
    ctx: Context,
    intent: str,
    amount_fen: int,
    code: str,
    *,
    account_id: str,
    reference: str,
    counterparty: Text | None,
) -> str:
    """Move what a reversal brought back out of an account that takes nothing any more. Return the difference's id.

    It belongs to the reversal's transaction: the database lets only a reversal put money into a closed account.
    """
    ours = {"kind": "debit", "account_id": account_id, "reference": reference} | money_params(
        amount=amount_fen
    )
    difference_id = keep(conn, ctx, SOURCE, intent, code, ours, {})
    ledger.post(
        conn,
        ctx,
        INTO_SUSPENSE,
        intent,
        [(wallet_code(account_id), SUSPENSE, amount_fen)],
        subject=difference_id,
        reference=reference,
        counterparty=counterparty,
    )
    return difference_id
