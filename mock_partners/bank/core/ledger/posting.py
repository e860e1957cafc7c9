"""Booking: one journal with its postings, each debit and credit of the same amount by its very form."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date

from sqlalchemy import BigInteger, Connection, String, case, func, insert, literal, select
from sqlalchemy.exc import IntegrityError

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.ledger.accounts import DEBIT_KINDS, UnknownAccount
from mock_partners.bank.core.ledger.tables import journal, ledger_account, posting, posting_number
from partner_adapters.kit.values.wire import Text

Line = tuple[str, str, int]
"""Debit code, credit code, amount in fen (> 0)."""
_FLOOR = "ledger_account_balance_above_floor"


class BelowFloor(Exception):
    """The database refused a posting that would take an account below its floor; the transaction is lost."""


def post(
    conn: Connection,
    ctx: Context,
    kind: str,
    intent: str,
    lines: Sequence[Line],
    value_date: date | None = None,
    *,
    reference: str = "",
    counterparty: Text | None = None,
) -> str:
    """Book one journal; returns its id. One intent has at most one journal of a kind.

    Raises `BelowFloor`, `UnknownAccount`, and IntegrityError when this intent and kind were booked before.
    After an error the caller's transaction must end.
    """
    if not lines:
        raise ValueError("a journal has at least one posting")
    journal_id = secrets.token_hex(16)
    conn.execute(
        insert(journal).values(
            bank_id=ctx.bank_id,
            journal_id=journal_id,
            kind=kind,
            intent=intent,
            reference=reference,
            counterparty=counterparty,
            value_date=value_date or ctx.today,
            business_date=ctx.today,
            booked_at=ctx.now,
        )
    )
    for debit_code, credit_code, amount_fen in lines:
        _post_line(conn, ctx.bank_id, journal_id, debit_code, credit_code, amount_fen)
    return journal_id


def _post_line(
    conn: Connection, bank_id: str, journal_id: str, debit_code: str, credit_code: str, amount_fen: int
) -> None:
    debit, credit = ledger_account.alias("debit"), ledger_account.alias("credit")
    rises_by_debit = case((debit.c.kind.in_(DEBIT_KINDS), 1), else_=-1)
    rises_by_credit = case((credit.c.kind.in_(DEBIT_KINDS), -1), else_=1)
    row = select(
        literal(bank_id, String),
        literal(_next_number(conn, bank_id), BigInteger),
        literal(journal_id, String),
        debit.c.code,
        credit.c.code,
        literal(amount_fen, BigInteger),
        debit.c.balance_fen + rises_by_debit * literal(amount_fen, BigInteger),
        credit.c.balance_fen + rises_by_credit * literal(amount_fen, BigInteger),
    )
    of_one_bank = debit.join(credit, credit.c.bank_id == debit.c.bank_id)
    row = row.select_from(of_one_bank).where(
        debit.c.bank_id == bank_id, debit.c.code == debit_code, credit.c.code == credit_code
    )
    try:
        command = insert(posting).from_select([c.name for c in posting.columns], row)
        done = conn.execute(command, execution_options={"preserve_rowcount": True})
    except IntegrityError as error:
        if _FLOOR in str(error.orig):
            raise BelowFloor(f"{debit_code} to {credit_code}") from error
        raise
    if done.rowcount != 1:
        raise UnknownAccount(f"{bank_id} {debit_code} or {credit_code}")


def _next_number(conn: Connection, bank_id: str) -> int:
    # Numbers must rise along each account. PostgreSQL: a writer that took an earlier number than one already
    # committed on the same account has an older snapshot too, so SERIALIZABLE runs it again.
    if conn.dialect.supports_sequences:
        return int(conn.scalar(posting_number))
    last = select(func.coalesce(func.max(posting.c.posting_id), 0)).where(posting.c.bank_id == bank_id)
    return int(conn.execute(last).scalar_one()) + 1
