"""What a resolution would book, from the difference and from how the books stand now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, case, func, or_, select

from mock_partners.bank.core import orders, wallet
from mock_partners.bank.core.kernel.account_roles import NETWORK_CLEARING
from mock_partners.bank.core.kernel.actions import INTO_SUSPENSE
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.ledger.tables import journal, posting
from mock_partners.bank.core.reconciliation.card_transfers import TRANSFERS
from mock_partners.bank.core.reconciliation.records import DifferenceRecord
from partner_adapters.core_bank.differences import Resolution
from partner_adapters.core_bank.orders import OrderState
from partner_adapters.kit.values.money import fen_from_wire
from partner_adapters.kit.values.problems import Problem

NOTHING_TO_BOOK = "difference.nothing_to_book"
_j, _p = journal.c, posting.c
_POSTING_OF = (_p.bank_id == _j.bank_id) & (_p.journal_id == _j.journal_id)


@dataclass(frozen=True)
class Plan:
    """The amount that is booked, with its sign, and the customer account concerned, where the resolution names one.

    Above zero: the network took money from a card, or suspense pays it to the account. None: nothing is booked.
    """

    signed_fen: int | None = None
    account_id: str | None = None

    @property
    def amount_fen(self) -> int | None:
        """The amount without its sign."""
        return None if self.signed_fen is None else abs(self.signed_fen)


def plan(
    conn: Connection, ctx: Context, found: DifferenceRecord, action: Resolution, account_id: str | None
) -> Plan:
    """Return what the action would book now. Problems 409 `difference.nothing_to_book`, 404 `account.unknown`."""
    match action:
        case "late_success":
            return _late_success(conn, ctx, found)
        case "reversal":
            return Plan(-_signed_fen(conn, ctx, found_journal(conn, ctx, found.subject).journal_id))
        case "suspense":
            return _suspense(conn, ctx, found)
        case "to_account":
            return _out_of_suspense(conn, ctx, found, account_id)
        case "to_card":
            planned = _out_of_suspense(conn, ctx, found, account_id)
            if planned.signed_fen is None or planned.signed_fen < 0:
                raise Problem(409, NOTHING_TO_BOOK, "the network paid it out: there is nothing to pay back")
            return planned
        case "nothing":
            return Plan()


def found_journal(conn: Connection, ctx: Context, intent: str) -> Row[Any, Any, Any, Any]:
    """Return the journal of a transfer that stands and may be reversed. Problem 409 `difference.nothing_to_book`."""
    again = journal.alias()
    undone = select(again.c.reverses).where(again.c.bank_id == _j.bank_id, again.c.reverses == _j.journal_id)
    query = select(_j.journal_id, _j.kind, _j.subject_id, _j.reference).where(
        _j.bank_id == ctx.bank_id,
        _j.intent == intent,
        _j.kind.in_([kind for kind, row in TRANSFERS.items() if row.reversible]),
        ~undone.exists(),
    )
    row = conn.execute(query).first()
    if row is None:
        raise Problem(
            409, NOTHING_TO_BOOK, "no booking of a transfer that may be reversed stands under this intent"
        )
    return row


def postings_of(conn: Connection, ctx: Context, journal_id: str) -> Sequence[Row[Any, Any, Any]]:
    """Return the two accounts and the amount of each posting of a journal."""
    query = select(_p.debit_code, _p.credit_code, _p.amount_fen).where(
        _p.bank_id == ctx.bank_id, _p.journal_id == journal_id
    )
    return conn.execute(query.order_by(_p.posting_id)).all()


def _late_success(conn: Connection, ctx: Context, found: DifferenceRecord) -> Plan:
    order = orders.find(conn, ctx.bank_id, found.subject)
    # A refund that came to nothing has a new difference, which holds the money. It must not be paid out twice.
    is_late = order is not None and order.state is OrderState.FAILED and order.is_of_customer
    if order is None or not is_late or _booked_fen(conn, ctx, found.subject):
        raise Problem(
            409, NOTHING_TO_BOOK, "the order has not failed, or something is booked under its intent"
        )
    assert order.amount_fen is not None
    return Plan(order.amount_fen if TRANSFERS[order.kind].kind == "debit" else -order.amount_fen)


def _suspense(conn: Connection, ctx: Context, found: DifferenceRecord) -> Plan:
    of_intent = select(_j.journal_id).where(_j.bank_id == ctx.bank_id, _j.intent == found.subject)
    if conn.execute(of_intent.where(_j.kind == INTO_SUSPENSE.kind)).first() is not None:
        raise Problem(409, NOTHING_TO_BOOK, "it lies in suspense already")
    amount, kind = found.theirs.get("amount"), found.theirs.get("kind")
    if amount is None or kind is None or found.theirs.get("state", "succeeded") != "succeeded":
        raise Problem(409, NOTHING_TO_BOOK, "the network does not say that it moved money")
    moved_fen = fen_from_wire(amount) * (1 if kind == "debit" else -1)
    if moved_fen == (booked_fen := _booked_fen(conn, ctx, found.subject)):
        raise Problem(409, NOTHING_TO_BOOK, "all that the network moved is booked")
    return Plan(moved_fen - booked_fen)


def _out_of_suspense(conn: Connection, ctx: Context, found: DifferenceRecord, account_id: str | None) -> Plan:
    account_id = account_id or found.ours.get("account_id")
    if account_id is None or wallet.find_account(conn, ctx.bank_id, account_id) is None:
        raise Problem(404, "account.unknown", "name the customer account")
    sign = 1 if found.ours["kind"] == "debit" else -1
    return Plan(sign * fen_from_wire(found.ours["amount"]), account_id)


def _booked_fen(conn: Connection, ctx: Context, intent: str) -> int:
    """Return what is booked with the network under an intent: what it took less what it paid out."""
    query = select(func.coalesce(func.sum(_SIGNED), 0)).select_from(journal.join(posting, _POSTING_OF))
    of_intent = (_j.bank_id == ctx.bank_id, _j.intent == intent, _WITH_NETWORK)
    return int(conn.execute(query.where(*of_intent)).scalar_one())


def _signed_fen(conn: Connection, ctx: Context, journal_id: str) -> int:
    query = select(func.sum(_SIGNED)).where(_p.bank_id == ctx.bank_id, _p.journal_id == journal_id)
    return int(conn.execute(query.where(_WITH_NETWORK)).scalar_one())


_SIGNED = case((_p.debit_code == NETWORK_CLEARING, _p.amount_fen), else_=-_p.amount_fen)
_WITH_NETWORK = or_(_p.debit_code == NETWORK_CLEARING, _p.credit_code == NETWORK_CLEARING)
