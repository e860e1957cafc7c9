"""Electronic accounts and entries of their statements as the core reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, case, exists, select

from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.kernel.account_roles import INCOME_FEES
from mock_partners.bank.core.kernel.actions import DRAWDOWN
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.keys import with_keys
from mock_partners.bank.core.kernel.settings import AccountClass
from mock_partners.bank.core.ledger.tables import journal, posting
from mock_partners.bank.core.orders import OrderRecord
from mock_partners.bank.core.orders.tables import customer_order
from mock_partners.bank.core.wallet.sides import FEE, IN, OUT, Side, conditions, sides_of
from mock_partners.bank.core.wallet.states import ACCOUNT_STATES, AccountEvent, AccountState
from mock_partners.bank.core.wallet.tables import account as account_table
from mock_partners.bank.core.wallet.tables import account_freeze, bound_card, particulars
from partner_adapters.core_bank.freezes import FreezeParty
from partner_adapters.core_bank.orders import fee_name_of
from partner_adapters.core_bank.statements import EVERYTHING, EntrySearch
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.texts import Text

_account = account_table.c
_p = posting.c
_CLOSED = AccountState.CLOSED.value
# Joins `particulars` with the account of a customer, unless it was closed. Parameters: `bank_id`, `customer_id`.
OF_OPEN_ACCOUNT = and_(
    particulars.c.bank_id == _account.bank_id,
    particulars.c.account_id == _account.account_id,
    _account.bank_id == bindparam("bank_id"),
    _account.customer_id == bindparam("customer_id"),
    _account.state != _CLOSED,
)
_OCCUPATION = select(particulars.c.occupation).join(account_table, OF_OPEN_ACCOUNT)


@dataclass(frozen=True)
class AccountRecord:
    """One account with its bound card. `card_token` stands for the card at the card network."""

    account_id: str
    customer_id: str
    number: str
    state: AccountState
    opened_on: date
    # None unless it is closed.
    closed_on: date | None
    account_class: AccountClass
    card_token: str
    card_bank_name: Text
    card_last_four: str
    # Whether the customer's own freeze stands, also beneath one of the bank.
    frozen_by_customer: bool

    @property
    def is_open(self) -> bool:
        """Whether money may move."""
        return self.allows(AccountEvent.MOVE_MONEY)

    def allows(self, event: AccountEvent) -> bool:
        """Whether `event` may happen now."""
        return ACCOUNT_STATES.allows(self.state, event)

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
    # What the product calls the fee, of an entry that is one.
    fee_name: Text | None = None


def find_account(conn: Connection, bank_id: str, account_id: str) -> AccountRecord | None:
    """Return the account with this id, or None."""
    return _find(conn, bank_id, _account.account_id == account_id)


def find_account_by_number(conn: Connection, bank_id: str, number: str) -> AccountRecord | None:
    """Return the account with this number, or None."""
    return _find(conn, bank_id, _account.number == number)


def find_account_of_customer(conn: Connection, bank_id: str, customer_id: str) -> AccountRecord | None:
    """Return the customer's account, or None before it is opened and after it was closed."""
    row = conn.execute(_account_of_customer(), {"bank_id": bank_id, "customer_id": customer_id}).first()
    return None if row is None else _account_record(row)


def find_latest_account(conn: Connection, bank_id: str, customer_id: str) -> AccountRecord | None:
    """Return the customer's account; else the one that was closed last, or None."""
    accounts = accounts_of_customer(conn, bank_id, customer_id)
    return accounts[0] if accounts else None


def accounts_of_customer(conn: Connection, bank_id: str, customer_id: str) -> list[AccountRecord]:
    """Return every account that the customer ever had: one that is not closed first, then the latest."""
    found = conn.execute(_all_of_customer(), {"bank_id": bank_id, "customer_id": customer_id})
    return [_account_record(row) for row in found]


def read_account_of_customer(conn: Connection, bank_id: str, customer_id: str) -> AccountRecord:
    """Return the latest account of a customer who must have had one at this point."""
    account = find_latest_account(conn, bank_id, customer_id)
    assert account is not None, "the customer has no account"
    return account


def read_account_of_order(conn: Connection, order: OrderRecord) -> AccountRecord:
    """Return the account that the order is about: the last one that its customer had asked for before it.

    The customer may have closed that account since, and opened another.
    """
    opening = customer_order.c
    by_opening = (opening.bank_id == _account.bank_id) & (opening.intent == _account.opened_by_intent)
    query = (
        _accounts()
        .join(customer_order, by_opening)
        .where(_account.customer_id == order.customer_id, opening.created_at <= order.created_at)
        .order_by(opening.created_at.desc())
    )
    row = conn.execute(query, {"bank_id": order.bank_id}).first()
    assert row is not None, "the customer had no account"
    return _account_record(row)


def read_address(conn: Connection, bank_id: str, account_id: str) -> str:
    """Return the address that the customer stated."""
    same = (particulars.c.bank_id == bank_id) & (particulars.c.account_id == account_id)
    return str(conn.execute(select(particulars.c.address).where(same)).scalar_one())


def find_occupation(conn: Connection, bank_id: str, customer_id: str) -> str | None:
    """Return the occupation that the customer stated when their account was opened, if it was recorded."""
    return conn.execute(_OCCUPATION, {"bank_id": bank_id, "customer_id": customer_id}).scalar_one_or_none()


def read_own_account(conn: Connection, ctx: Context, account_id: str) -> AccountRecord:
    """Return the account. Problem 404 `account.unknown`, also if its customer is not one of the caller's partner."""
    account = find_account(conn, ctx.bank_id, account_id)
    if account is None:
        raise Problem(404, "account.unknown")
    require_own_customer(conn, ctx, account.customer_id, "account.unknown")
    return account


def require_open(account: AccountRecord | None) -> AccountRecord:
    """Return the account. Problem 409 `account.not_open` unless it exists and money may move."""
    return require(account, AccountEvent.MOVE_MONEY)


def require(account: AccountRecord | None, event: AccountEvent) -> AccountRecord:
    """Return the account. Problem 409 `account.not_open` unless it exists and `event` may happen."""
    if account is None:
        raise Problem(409, "account.not_open")
    ACCOUNT_STATES.next_state(account.state, event)
    return account


def newest_entries(
    conn: Connection,
    bank_id: str,
    account_id: str,
    search: EntrySearch = EVERYTHING,
    *,
    before: int | None = None,
    limit: int,
) -> list[EntryRecord]:
    """Return at most `limit` entries that the search finds, newest first.

    `before` is the posting id that all of them precede.
    """
    found: list[EntryRecord] = []
    # Each side by its own index, so that no more is read than is shown.
    for side in sides_of(search):
        query = _entries(side, bank_id, account_id).where(*conditions(search, side))
        query = query.order_by(_p.posting_id.desc()).limit(limit)
        if before is not None:
            query = query.where(_p.posting_id < before)
        found += [_entry_record(row) for row in conn.execute(query)]
    return sorted(found, key=lambda entry: entry.posting_id, reverse=True)[:limit]


def find_entry(conn: Connection, bank_id: str, account_id: str, posting_id: int) -> EntryRecord | None:
    """Return the entry of this posting, or None."""
    for side in (OUT, IN):
        query = _entries(side, bank_id, account_id).where(_p.posting_id == posting_id)
        if row := conn.execute(query).first():
            return _entry_record(row)
    return None


def _find(conn: Connection, bank_id: str, which: ColumnElement[bool]) -> AccountRecord | None:
    row = conn.execute(_accounts().where(which), {"bank_id": bank_id}).first()
    return None if row is None else _account_record(row)


@cache
def _account_of_customer() -> Select[Any]:
    return _accounts().where(_account.customer_id == bindparam("customer_id"), _account.state != _CLOSED)


@cache
def _all_of_customer() -> Select[Any]:
    latest_first = (_account.state == _CLOSED, _account.closed_on.desc(), _account.opened_on.desc())
    return _accounts().where(_account.customer_id == bindparam("customer_id")).order_by(*latest_first)


@cache
def _accounts() -> Select[Any]:
    """Return the accounts of the bank that the parameter `bank_id` names."""
    card = bound_card.c
    return (
        select(
            account_table,
            card.card_token,
            card.bank_name,
            card.last_four,
            _freeze_stands("customer").label("frozen_by_customer"),
            _freeze_stands("bank").label("frozen_by_bank"),
        )
        .join(bound_card, (card.bank_id == _account.bank_id) & (card.account_id == _account.account_id))
        .where(_account.bank_id == bindparam("bank_id"))
    )


@cache
def _freeze_stands(party: FreezeParty) -> ColumnElement[bool]:
    """Whether the latest that this party did was to freeze the account."""
    # Cached: the columns of two new aliases cost more than the query.
    done, later = (account_freeze.alias().c for _ in range(2))
    own = (done.bank_id == _account.bank_id) & (done.account_id == _account.account_id)
    is_later = (later.bank_id == done.bank_id) & (later.account_id == done.account_id)
    lifted = exists().where(is_later, later.party == party, later.number > done.number)
    return exists().where(own, done.party == party, done.step == "freeze", ~lifted)


def _state_of(row: Row[Any]) -> AccountState:
    if row.state == _CLOSED:
        return AccountState.CLOSED
    if row.frozen_by_bank:
        return AccountState.FROZEN
    return AccountState.LOST if row.frozen_by_customer else AccountState.OPEN


def _account_record(row: Row[Any]) -> AccountRecord:
    return AccountRecord(
        account_id=row.account_id,
        customer_id=row.customer_id,
        number=row.number,
        state=_state_of(row),
        opened_on=row.opened_on,
        closed_on=row.closed_on,
        account_class=row.account_class,
        card_token=row.card_token,
        card_bank_name=row.bank_name,
        card_last_four=row.last_four,
        frozen_by_customer=bool(row.frozen_by_customer),
    )


_RESULT_OF_ORDER = (
    select(customer_order.c.result)
    .where(customer_order.c.bank_id == journal.c.bank_id, customer_order.c.intent == journal.c.intent)
    .correlate(journal)
    .scalar_subquery()
)


def _entries(side: Side, bank_id: str, account_id: str) -> Select[Any]:
    columns = (
        _p.posting_id,
        side.other_code.label("other_code"),
        side.after_fen.label("after_fen"),
        side.change_fen.label("change_fen"),
        side.kind.label("entry_kind"),
        # Read for these entries only. The fee of a withdrawal has no name of its own, and neither has a correction.
        case((side.kind == DRAWDOWN.kind + FEE, _RESULT_OF_ORDER)).label("fee_result"),
    )
    entries = side.select(bank_id, account_id, *columns, journal)
    return with_keys(entries, journal.c.bank_id, journal.c.intent)


def _entry_record(row: Row[Any]) -> EntryRecord:
    return EntryRecord(
        posting_id=row.posting_id,
        kind=row.entry_kind,
        change_fen=row.change_fen,
        after_fen=row.after_fen,
        booked_at=row.booked_at,
        business_date=row.business_date,
        key=row.key,
        reference=row.reference,
        # The bank itself takes the fee, not the card that the money goes to.
        counterparty=None if row.other_code == INCOME_FEES else row.counterparty,
        loan_id=row.subject_id if row.subject_kind == "loan" else None,
        fee_name=fee_name_of(row.fee_result or {}),
    )
