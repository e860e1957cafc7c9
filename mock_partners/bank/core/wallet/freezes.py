"""The record of an account's freezes. The latest row of a party says whether its freeze stands (`records.py`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.wallet.tables import account_freeze
from partner_adapters.core_bank.freezes import Freeze, FreezeParty, FreezeReason, FreezeStep

_t = account_freeze.c


@dataclass(frozen=True)
class FreezeRecord:
    """One row of the record."""

    account_id: str
    number: int
    party: FreezeParty
    step: FreezeStep
    partner: str | None
    reason: FreezeReason | None
    note: str | None
    operator: str | None
    at: datetime


def read_freezes(conn: Connection, bank_id: str, account_id: str) -> list[FreezeRecord]:
    """Return everything that was frozen and lifted, the oldest first."""
    query = select(account_freeze).where(_t.bank_id == bank_id, _t.account_id == account_id)
    return [_record(row) for row in conn.execute(query.order_by(_t.number))]


def find_by_intent(conn: Connection, bank_id: str, intent: str) -> FreezeRecord | None:
    """Return what the customer did under this intent, or None."""
    query = select(account_freeze).where(_t.bank_id == bank_id, _t.intent == intent)
    row = conn.execute(query).first()
    return None if row is None else _record(row)


def standing(rows: Sequence[FreezeRecord]) -> list[Freeze]:
    """Return the freezes that stand, the customer's first. `rows`: the record, oldest first."""
    latest = {row.party: row for row in rows}
    return [
        Freeze(party=row.party, at=row.at, reason=row.reason)
        for party in ("customer", "bank")
        if (row := latest.get(party)) is not None and row.step == "freeze"
    ]


def write_of_customer(conn: Connection, ctx: Context, account_id: str, step: FreezeStep, intent: str) -> None:
    """Add what the customer did. `intent`: of the order, or of the card check of a visitor."""
    _write(conn, ctx, account_id, party="customer", step=step, partner=ctx.partner, intent=intent)


def write_of_bank(
    conn: Connection,
    ctx: Context,
    account_id: str,
    step: FreezeStep,
    operator: str,
    note: str,
    reason: FreezeReason | None = None,
) -> None:
    """Add what the bank's staff did."""
    done = {"reason": reason, "note": note, "operator": operator}
    _write(conn, ctx, account_id, party="bank", step=step, **done)


def _write(conn: Connection, ctx: Context, account_id: str, **values: str | None) -> None:
    same = (_t.bank_id == ctx.bank_id) & (_t.account_id == account_id)
    last_number = conn.execute(select(func.coalesce(func.max(_t.number), 0)).where(same)).scalar_one()
    keys = {"bank_id": ctx.bank_id, "account_id": account_id, "number": last_number + 1}
    conn.execute(insert(account_freeze).values(**keys, at=ctx.now, **values))


def _record(row: object) -> FreezeRecord:
    names = FreezeRecord.__dataclass_fields__
    return FreezeRecord(**{name: getattr(row, name) for name in names})
