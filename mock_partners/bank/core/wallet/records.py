"""Electronic accounts and entries of their statements as the core reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, select

from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.keys import with_keys
from mock_partners.bank.core.kernel.settings import AccountClass
from mock_partners.bank.core.ledger.chart import wallet_code
from mock_partners.bank.core.ledger.tables import journal, posting_side
from mock_partners.bank.core.wallet.states import ACCOUNT_STATES, AccountEvent, AccountState
from mock_partners.bank.core.wallet.tables import account as account_table
from mock_partners.bank.core.wallet.tables import bound_card, particulars
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.texts import Text

_account = account_table.c
_entry = posting_side.c


@dataclass(frozen=True)
class AccountRecord:
    """One account with its bound card. `card_token` stands for the card at the card network."""

    account_id: str
    customer_id: str
    number: str
    state: AccountState
    opened_on: date
    account_class: AccountClass
    card_token: str
    card_bank_name: Text
    card_last_four: str

    @property
    def is_open(self) -> bool:
        """Whether money may move."""
        return ACCOUNT_STATES.allows(self.state, AccountEvent.MOVE_MONEY)

    @property
    def last_four(self) -> str:
        """The last four digits of the account's own number."""
        return self.number[-4:]


@dataclass(frozen=True)
class EntryRecord:
    """One entry of a statement: a posting on the account, with its journal."""

    posting_id: int
    kind: str
    change_fen: int
    after_fen: int
    booked_at: datetime
    business_date: date
    # What the caller of its order knows that by.
    key: str
    reference: str
    counterparty: Text | None
    # The loan that the entry is about.
    loan_id: str | None


def find_account(conn: Connection, bank_id: str, account_id: str) -> AccountRecord | None:
    """Return the account with this id, or None."""
    return _find(conn, bank_id, _account.account_id == account_id)


def find_account_of_customer(conn: Connection, bank_id: str, customer_id: str) -> AccountRecord | None:
    """Return the customer's account, or None before it is opened."""
    return _find(conn, bank_id, _account.customer_id == customer_id)


def read_account_of_customer(conn: Connection, bank_id: str, customer_id: str) -> AccountRecord:
    """Return the account of a customer who must have one at this point."""
    account = find_account_of_customer(conn, bank_id, customer_id)
    assert account is not None, "the customer has no account"
    return account


def read_address(conn: Connection, bank_id: str, account_id: str) -> str:
    """Return the address that the customer stated."""
    same = (particulars.c.bank_id == bank_id) & (particulars.c.account_id == account_id)
    return str(conn.execute(select(particulars.c.address).where(same)).scalar_one())


def read_own_account(conn: Connection, ctx: Context, account_id: str) -> AccountRecord:
    """Return the account. Problem 404 `account.unknown`, also if its customer is not one of the caller's partner."""
    account = find_account(conn, ctx.bank_id, account_id)
    if account is None:
        raise Problem(404, "account.unknown")
    require_own_customer(conn, ctx, account.customer_id, "account.unknown")
    return account


def require_open(account: AccountRecord | None) -> AccountRecord:
    """Return the account. Problem 409 `account.not_open` unless it exists and money may move."""
    if account is None:
        raise Problem(409, "account.not_open")
    ACCOUNT_STATES.next_state(account.state, AccountEvent.MOVE_MONEY)
    return account


def newest_entries(
    conn: Connection, bank_id: str, account_id: str, *, before: int | None, limit: int
) -> list[EntryRecord]:
    """Return at most `limit` entries, newest first; `before` is the posting id that all of them precede."""
    query = _entries(bank_id, account_id).order_by(_entry.posting_id.desc()).limit(limit)
    if before is not None:
        query = query.where(_entry.posting_id < before)
    return [_entry_record(row) for row in conn.execute(query)]


def find_entry(conn: Connection, bank_id: str, account_id: str, posting_id: int) -> EntryRecord | None:
    """Return the entry of this posting, or None."""
    row = conn.execute(_entries(bank_id, account_id).where(_entry.posting_id == posting_id)).first()
    return None if row is None else _entry_record(row)


def _find(conn: Connection, bank_id: str, which: ColumnElement[bool]) -> AccountRecord | None:
    card = bound_card.c
    query = (
        select(account_table, card.card_token, card.bank_name, card.last_four)
        .join(bound_card, (card.bank_id == _account.bank_id) & (card.account_id == _account.account_id))
        .where(_account.bank_id == bank_id, which)
    )
    row = conn.execute(query).first()
    return None if row is None else _account_record(row)


def _account_record(row: Row[Any]) -> AccountRecord:
    return AccountRecord(
        account_id=row.account_id,
        customer_id=row.customer_id,
        number=row.number,
        state=AccountState(row.state),
        opened_on=row.opened_on,
        account_class=row.account_class,
        card_token=row.card_token,
        card_bank_name=row.bank_name,
        card_last_four=row.last_four,
    )


def _entries(bank_id: str, account_id: str) -> Select[Any]:
    of_journal = (journal.c.bank_id == _entry.bank_id) & (journal.c.journal_id == _entry.journal_id)
    entries = select(posting_side, journal).join(journal, of_journal)
    return with_keys(entries, journal.c.bank_id, journal.c.intent).where(
        _entry.bank_id == bank_id, _entry.code == wallet_code(account_id)
    )


def _entry_record(row: Row[Any]) -> EntryRecord:
    return EntryRecord(
        posting_id=row.posting_id,
        kind=row.kind,
        change_fen=row.change_fen,
        after_fen=row.after_fen,
        booked_at=row.booked_at,
        business_date=row.business_date,
        key=row.key,
        reference=row.reference,
        counterparty=row.counterparty,
        loan_id=row.subject_id if row.subject_kind == "loan" else None,
    )
