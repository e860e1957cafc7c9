"""Booking: one journal with its postings, each debit and credit of the same amount by its very form."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date

from sqlalchemy import BigInteger, Connection, String, case, func, insert, literal, or_, select
from sqlalchemy.exc import IntegrityError

from mock_partners.bank.core.kernel.actions import Action
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.ledger.accounts import DEBIT_KINDS, read_role
from mock_partners.bank.core.ledger.tables import journal, ledger_account, posting, posting_number
from partner_adapters.kit.values.texts import Text

# Debit code, credit code, amount in fen (> 0).
Line = tuple[str, str, int]
_FLOOR = "ledger_account_balance_above_floor"
_debit, _credit = ledger_account.alias("debit"), ledger_account.alias("credit")


class BelowFloor(Exception):
    """The database refused a posting that would take an account below its floor; the transaction is lost."""


class MoveNotAllowed(ValueError):
    """The action of this journal does not allow a posting between these two accounts; the transaction is lost."""


def post(
    conn: Connection,
    ctx: Context,
    action: Action,
    intent: str,
    lines: Sequence[Line],
    *,
    subject: str,
    value_date: date | None = None,
    reference: str = "",
    counterparty: Text | None = None,
) -> str:
    """Book one journal of `action` about `subject` and return its id. One intent has at most one journal of a kind.

    `subject`: the id of what `action.subject` names, such as a loan. Raises `MoveNotAllowed`, `BelowFloor`,
    `UnknownAccount`, and IntegrityError when this intent and kind were booked before. After an error the caller's
    transaction must end.
    """
    if not lines:
        raise ValueError("a journal has at least one posting")
    if action.subject is None or not action.moves:
        raise MoveNotAllowed(f"{action.kind} moves no money")
    journal_id = secrets.token_hex(16)
    conn.execute(
        insert(journal).values(
            bank_id=ctx.bank_id,
            journal_id=journal_id,
            kind=action.kind,
            intent=intent,
            subject_kind=action.subject,
            subject_id=subject,
            reference=reference,
            counterparty=counterparty,
            value_date=value_date or ctx.today,
            business_date=ctx.today,
            booked_at=ctx.now,
        )
    )
    for line in lines:
        _post_line(conn, ctx.bank_id, journal_id, action, line)
    return journal_id


def _post_line(conn: Connection, bank_id: str, journal_id: str, action: Action, line: Line) -> None:
    debit_code, credit_code, amount_fen = line
    rises_by_debit = case((_debit.c.kind.in_(DEBIT_KINDS), 1), else_=-1)
    rises_by_credit = case((_credit.c.kind.in_(DEBIT_KINDS), -1), else_=1)
    allowed = or_(*((_debit.c.role == debit) & (_credit.c.role == credit) for debit, credit in action.moves))
    # One statement reads both balances, checks the move and writes: on SQLite nothing can come in between, and
    # PostgreSQL's SERIALIZABLE runs the loser of a race again.
    row = (
        select(
            literal(bank_id, String),
            literal(_next_number(conn, bank_id), BigInteger),
            literal(journal_id, String),
            _debit.c.code,
            _credit.c.code,
            literal(amount_fen, BigInteger),
            _debit.c.balance_fen + rises_by_debit * literal(amount_fen, BigInteger),
            _credit.c.balance_fen + rises_by_credit * literal(amount_fen, BigInteger),
        )
        .select_from(_debit.join(_credit, _credit.c.bank_id == _debit.c.bank_id))
        .where(
            _debit.c.bank_id == bank_id, _debit.c.code == debit_code, _credit.c.code == credit_code, allowed
        )
    )
    try:
        command = insert(posting).from_select([c.name for c in posting.columns], row)
        done = conn.execute(command, execution_options={"preserve_rowcount": True})
    except IntegrityError as error:
        if _FLOOR in str(error.orig):
            raise BelowFloor(f"{debit_code} to {credit_code}") from error
        raise
    if done.rowcount != 1:
        roles = (read_role(conn, bank_id, debit_code), read_role(conn, bank_id, credit_code))
        raise MoveNotAllowed(f"{action.kind} does not move money from {roles[1]} to {roles[0]}")


def _next_number(conn: Connection, bank_id: str) -> int:
    # Numbers must rise along each account. PostgreSQL: a writer that took an earlier number than one already
    # committed on the same account has an older snapshot too, so SERIALIZABLE runs it again.
    if conn.dialect.supports_sequences:
        return int(conn.scalar(posting_number))
    last = select(func.coalesce(func.max(posting.c.posting_id), 0)).where(posting.c.bank_id == bank_id)
    return int(conn.execute(last).scalar_one()) + 1
