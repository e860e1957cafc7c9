"""Transfers: accepted by intent, settled a little later, and notified to the bank until it confirms."""

from __future__ import annotations

import secrets
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from mock_partners.outside.card_network import cards
from mock_partners.outside.card_network.tables import card, idempotency, outbox, transfer
from partner_adapters.card_network.wire import (
    Settlement,
    StartTransfer,
    Transfer,
    TransferKind,
    TransferNotice,
    TransferState,
)
from partner_adapters.kit.durable.idempotency import Answer, fingerprint, once
from partner_adapters.kit.durable.outbox import post
from partner_adapters.kit.values import names
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.wire import content_to_hash

SETTLE, NOTIFY = "settle", "notify"


def start(
    conn: Connection,
    bank_id: str,
    intent: str,
    kind: TransferKind,
    command: StartTransfer,
    *,
    wall: datetime,
    settle_after: timedelta,
) -> Answer:
    """Accept a transfer with status 202 and state `processing`. Its outcome is decided when it settles."""

    def effect() -> Answer:
        row = {
            "bank_id": bank_id,
            "intent": intent,
            "transfer_id": f"T{secrets.token_hex(10)}",
            "kind": kind,
            "card_number": cards.by_token(conn, bank_id, command.card_token).number,
            "name": command.name,
            "amount_fen": command.amount_fen,
            "notify_url": command.notify_url,
            "state": TransferState.PROCESSING.value,
        }
        conn.execute(insert(transfer).values(row))
        _later(conn, SETTLE, bank_id, intent, wall + settle_after)
        return Answer(202, Transfer.model_validate(row).model_dump(mode="json"))

    print_ = fingerprint(kind, content_to_hash(command))
    return once(conn, idempotency, bank_id=bank_id, key=intent, print_=print_, now=wall, effect=effect)


def settle(
    conn: Connection,
    bank_id: str,
    intent: str,
    *,
    wall: datetime,
    now: datetime,
    code: str | None = None,
) -> None:
    """Decide the outcome, change the card's balance and enqueue the notice, in one transaction and once.

    `code`: why the card's bank refuses the transfer, whatever the card holds.
    """
    row = find(conn, bank_id, intent)
    if row.state != TransferState.PROCESSING:
        return
    code = code or _move(conn, row)
    conn.execute(
        update(transfer)
        .where(transfer.c.transfer_id == row.transfer_id)
        .values(
            state=(TransferState.FAILED if code else TransferState.SUCCEEDED).value,
            code=code,
            settled_at=now,
            settled_on=now.date(),
        )
    )
    _later(conn, NOTIFY, bank_id, intent, wall)


def find(conn: Connection, bank_id: str, intent: str) -> Row[Any]:
    """Return the transfer. Raises Problem 404 `transfer.unknown`."""
    found = conn.execute(
        select(transfer).where(transfer.c.bank_id == bank_id, transfer.c.intent == intent)
    ).first()
    if found is None:
        raise Problem(404, "transfer.unknown", "this bank sent no such intent")
    return found


def shown(row: Row[Any]) -> Transfer:
    return Transfer.model_validate(row._asdict())


def notice(row: Row[Any]) -> TransferNotice:
    """Return the notice to the bank about a settled transfer."""
    return TransferNotice.model_validate(row._asdict())


def settlement(conn: Connection, bank_id: str, settled_on: date) -> Settlement:
    """Return the day's successful transfers in the order in which they settled."""
    rows = conn.execute(
        select(transfer)
        .where(
            transfer.c.bank_id == bank_id,
            transfer.c.settled_on == settled_on,
            transfer.c.state == TransferState.SUCCEEDED.value,
        )
        .order_by(transfer.c.settled_at, transfer.c.transfer_id)
    ).all()
    sums = {kind: sum(row.amount_fen for row in rows if row.kind == kind) for kind in ("debit", "credit")}
    return Settlement(
        bank_id=bank_id,
        settled_on=settled_on,
        items=[shown(row) for row in rows],
        debits_fen=sums["debit"],
        credits_fen=sums["credit"],
    )


def _move(conn: Connection, row: Row[Any]) -> str | None:
    """Change the card's balance. Return the reason when that is not possible."""
    held = conn.execute(select(card).where(card.c.number == row.card_number)).one()
    if not names.is_same(held.name, row.name):
        return "card.name_mismatch"
    change_fen = -row.amount_fen if row.kind == "debit" else row.amount_fen
    if held.balance_fen + change_fen < 0:
        return "card.insufficient_funds"
    conn.execute(
        update(card).where(card.c.number == held.number).values(balance_fen=held.balance_fen + change_fen)
    )
    return None


def _later(conn: Connection, kind: str, bank_id: str, intent: str, due_at: datetime) -> None:
    post(conn, outbox, bank_id=bank_id, kind=kind, subject=intent, payload={}, now=due_at)
