"""Booking: one journal with its postings, each debit and credit of the same amount by its very form."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date
from functools import cache

from sqlalchemy import (
    BigInteger,
    Connection,
    Insert,
    String,
    and_,
    bindparam,
    case,
    func,
    insert,
    or_,
    select,
)
from sqlalchemy.exc import IntegrityError

from mock_partners.bank.core.kernel.actions import Action, Move
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.ledger.accounts import DEBIT_KINDS, read_role
from mock_partners.bank.core.ledger.tables import journal, ledger_account, posting, posting_number
from partner_adapters.kit.values.texts import Text

# Debit code, credit code, amount in fen (> 0).
Line = tuple[str, str, int]
_FLOOR, _CEILING = "ledger_account_balance_above_floor", "ledger_account_balance_below_ceiling"
_INSERT_JOURNAL = insert(journal)


class BelowFloor(Exception):
    """The database refused a posting that would take an account below its floor; the transaction is lost."""


class AboveCeiling(Exception):
    """The database refused a posting that would take an account above its ceiling; the transaction is lost."""


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
    reverses: str | None = None,
) -> list[int]:
    """Book one journal of `action` about `subject`. Return the ids of its postings, one for each line.

    One intent has at most one journal of a kind. `subject` is the id of what `action.subject` names, such as a loan.
    `value_date` is today (None) or an earlier day. `reverses`: the id of the journal that this one undoes.
    Raises `MoveNotAllowed`, `BelowFloor`, `AboveCeiling`, `UnknownAccount`, and IntegrityError when this intent and
    kind were booked before. After an error the caller's transaction must end.
    """
    if not lines:
        raise ValueError("a journal has at least one posting")
    if action.subject is None or not action.moves:
        raise MoveNotAllowed(f"{action.kind} moves no money")
    if value_date is not None and value_date > ctx.today:
        raise ValueError("nothing is booked for a day to come")
    journal_id = secrets.token_hex(16)
    conn.execute(
        _INSERT_JOURNAL,
        {
            "bank_id": ctx.bank_id,
            "journal_id": journal_id,
            "kind": action.kind,
            "intent": intent,
            "subject_kind": action.subject,
            "subject_id": subject,
            "reverses": reverses,
            "reference": reference,
            "counterparty": counterparty,
            "value_date": value_date or ctx.today,
            "business_date": ctx.today,
            "booked_at": ctx.now,
        },
    )
    return [_post_line(conn, ctx.bank_id, journal_id, action, line) for line in lines]


def _post_line(conn: Connection, bank_id: str, journal_id: str, action: Action, line: Line) -> int:
    debit_code, credit_code, amount_fen = line
    values = {
        "at_bank": bank_id,
        "of_journal": journal_id,
        "debited": debit_code,
        "credited": credit_code,
        "amount": amount_fen,
    }
    try:
        number = conn.execute(_insert_posting(action.moves, conn.dialect.supports_sequences), values).scalar()
    except IntegrityError as error:
        if _FLOOR in str(error.orig):
            raise BelowFloor(f"{debit_code} to {credit_code}") from error
        if _CEILING in str(error.orig):
            raise AboveCeiling(f"{debit_code} to {credit_code}") from error
        raise
    if number is None:
        roles = (read_role(conn, bank_id, debit_code), read_role(conn, bank_id, credit_code))
        raise MoveNotAllowed(f"{action.kind} does not move money from {roles[1]} to {roles[0]}")
    return int(number)


# Built once for each set of moves: building it anew would take as long as running it.
@cache
def _insert_posting(moves: tuple[Move, ...], from_sequence: bool) -> Insert:
    """Return the statement that numbers the posting, reads the stored balances, checks the move and writes it.

    It returns the posting's number, and no row if the move is not allowed.

    An account without a stored balance has NULL for it, and so has its side of the posting. It is one statement, so
    that nothing can come in between on SQLite. PostgreSQL runs the loser of a race again.
    """
    debit, credit = ledger_account.alias("debit"), ledger_account.alias("credit")
    bank_id, amount_fen = bindparam("at_bank", type_=String), bindparam("amount", type_=BigInteger)
    # Numbers must rise along each account that stores its balance. PostgreSQL: a writer that took an earlier number
    # than one already committed on the same account has an older snapshot too, so its update fails and is run again.
    last_number = select(func.coalesce(func.max(posting.c.posting_id), 0)).where(posting.c.bank_id == bank_id)
    debit_direction = case((debit.c.kind.in_(DEBIT_KINDS), 1), else_=-1)
    credit_direction = case((credit.c.kind.in_(DEBIT_KINDS), -1), else_=1)
    row = (
        select(
            bank_id,
            posting_number.next_value() if from_sequence else last_number.scalar_subquery() + 1,
            bindparam("of_journal", type_=String),
            debit.c.code,
            credit.c.code,
            amount_fen,
            debit.c.balance_fen + debit_direction * amount_fen,
            credit.c.balance_fen + credit_direction * amount_fen,
        )
        .select_from(debit.join(credit, credit.c.bank_id == debit.c.bank_id))
        .where(
            debit.c.bank_id == bank_id,
            debit.c.code == bindparam("debited"),
            credit.c.code == bindparam("credited"),
            or_(*(and_(debit.c.role == debited, credit.c.role == credited) for debited, credited in moves)),
        )
    )
    columns = [column.name for column in posting.columns]
    return insert(posting).from_select(columns, row).returning(posting.c.posting_id)
