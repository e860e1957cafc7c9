"""The database itself holds the books: raw SQL, past every line of our code, cannot break them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from mock_partners.bank.core import ledger
from mock_partners.bank.core.kernel.actions import Action
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.proof import prove
from mock_partners.bank.core.ledger import AccountKind
from mock_partners.bank.core.ledger.proofs import of_actions
from mock_partners.bank.core.ledger.tables import journal
from mock_partners.bank.core.migrations import migrate
from partner_adapters.kit.durable.store import Store
from tests.support.databases.postgresql import as_service_user

# Not `Error`: a statement with a wrong column would prove nothing.
REFUSED = (sqlite3.IntegrityError, psycopg.errors.IntegrityError, psycopg.errors.InsufficientPrivilege)
# The second movement is for the postings that the attacks add.
DEPOSIT = Action(
    "deposit",
    proof="none",
    stoppable=False,
    moves=(("cash", "wallet:a"), ("wallet:a", "wallet:b")),
    subject="account",
)
PROOFS = of_actions([DEPOSIT])


def raw_session(url: str) -> Any:
    """A connection with the driver's defaults: no foreign keys, no recursive triggers in SQLite."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return sqlite3.connect(str(parsed.database), isolation_level=None)
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def sessions_of(store: Store) -> list[str]:
    """Return the addresses of a raw session: as the owner, and on PostgreSQL as the core's own user."""
    return [store.url] if store.is_sqlite else [store.url, as_service_user(store.url)]


@pytest.fixture
def store(migrated_url: str, ctx: Context) -> Iterator[Store]:
    store = Store(migrated_url)

    def books(conn: Any) -> None:
        ledger.open_account(conn, ctx, "cash", AccountKind.ASSET)
        ledger.open_account(conn, ctx, "wallet:a", AccountKind.LIABILITY, floor_fen=0)
        ledger.open_account(conn, ctx, "wallet:b", AccountKind.LIABILITY, floor_fen=0)
        ledger.post(conn, ctx, DEPOSIT, "i1", [("cash", "wallet:a", 10_000)], subject="a")

    store.write_now(books)
    yield store
    store.close()


def journal_like(**other: str) -> str:
    """Return the part of an INSERT that copies the journals, with other values where named."""
    columns = [column.name for column in journal.columns]
    values = [other.get(column, column) for column in columns]
    return f"INTO journal ({', '.join(columns)}) SELECT {', '.join(values)} FROM journal WHERE intent = 'i1'"  # noqa: S608


def account(code: str, balance_fen: int | str, floor_fen: int | str = 0) -> str:
    """Return the part of an INSERT that opens a wallet."""
    return (
        "INTO ledger_account (bank_id, code, role, owner_id, kind, floor_fen, balance_fen, last_posting_id)"
        f" VALUES ('hzw', '{code}', 'wallet', 'c', 'liability', {floor_fen}, {balance_fen}, 0)"
    )


ATTACKS = {
    "a balance is set": "UPDATE ledger_account SET balance_fen = 99999 WHERE code = 'wallet:a'",
    "a balance is set with an old posting": "UPDATE ledger_account SET balance_fen = 20000, last_posting_id = 1"
    " WHERE code = 'wallet:a'",
    "a balance is set with an invented posting": "UPDATE ledger_account SET balance_fen = 20000,"
    " last_posting_id = 77 WHERE code = 'wallet:a'",
    "a floor is lifted": "UPDATE ledger_account SET floor_fen = -100 WHERE code = 'wallet:a'",
    "an account changes kind": "UPDATE ledger_account SET kind = 'asset' WHERE code = 'wallet:b'",
    "an account is deleted": "DELETE FROM ledger_account WHERE code = 'wallet:b'",
    "an account opens with money": "INSERT " + account("wallet:c", 5),
    "a posting is changed": "UPDATE posting SET amount_fen = 1",
    "a posting is deleted": "DELETE FROM posting",
    "a journal is changed": "UPDATE journal SET intent = 'other'",
    "a journal is deleted": "DELETE FROM journal",
    "a wallet is overdrawn": "INSERT INTO posting SELECT 'hzw', {next}, journal_id, 'wallet:a', 'wallet:b', 10001,"
    " -1, 10001 FROM journal",
    "a posting lies about the balance after it": "INSERT INTO posting SELECT 'hzw', {next}, journal_id, 'wallet:a',"
    " 'wallet:b', 100, 9999, 100 FROM journal",
    "a posting goes to an account that is not": "INSERT INTO posting SELECT 'hzw', {next}, journal_id, 'wallet:a',"
    " 'wallet:z', 100, 9900, 100 FROM journal",
    "a posting has no journal": "INSERT INTO posting VALUES ('hzw', {next}, 'none', 'wallet:a', 'wallet:b', 100,"
    " 9900, 100)",
    "a posting has one side": "INSERT INTO posting SELECT 'hzw', {next}, journal_id, 'wallet:a', 'wallet:a', 100,"
    " 9900, 10100 FROM journal",
    "a posting is negative": "INSERT INTO posting SELECT 'hzw', {next}, journal_id, 'wallet:a', 'wallet:b', -100,"
    " 10100, -100 FROM journal",
    "a posting is older than the last": "INSERT INTO posting SELECT 'hzw', 0, journal_id, 'wallet:a', 'wallet:b',"
    " 100, 9900, 100 FROM journal",
    "an account without a floor gets a balance": "UPDATE ledger_account SET balance_fen = 10000, last_posting_id = 1"
    " WHERE code = 'cash'",
    "an account without a floor opens with a balance": "INSERT " + account("more", 0, floor_fen="NULL"),
    "a wallet opens without a balance": "INSERT " + account("wallet:c", "NULL"),
    "a posting states a balance that is not stored": "INSERT INTO posting SELECT 'hzw', {next}, journal_id, 'cash',"
    " 'wallet:a', 100, 10100, 10100 FROM journal",
    "a posting leaves out the balance of a wallet": "INSERT INTO posting SELECT 'hzw', {next}, journal_id, 'cash',"
    " 'wallet:a', 100, NULL, NULL FROM journal",
    "a journal is booked a second time": "INSERT " + journal_like(journal_id="'another'"),
    "a wallet changes hands": "UPDATE ledger_account SET owner_id = 'b' WHERE code = 'wallet:a'",
    "an account changes its role": "UPDATE ledger_account SET role = 'cash' WHERE code = 'wallet:a'",
    "a journal gets another subject": "UPDATE journal SET subject_id = 'b'",
    "a journal undoes one that is not": "INSERT "
    + journal_like(journal_id="'another'", intent="'i2'", reverses="'none'"),
    "a part of a fen is posted": "INSERT INTO posting SELECT 'hzw', {next}, journal_id, 'wallet:a', 'wallet:b', 0.5,"
    " 9999.5, 0.5 FROM journal",
}
SQLITE_ATTACKS = {
    "a posting is replaced": "INSERT OR REPLACE INTO posting SELECT bank_id, posting_id, journal_id, debit_code,"
    " credit_code, 1, 1, 1 FROM posting",
    "an account is replaced": "INSERT OR REPLACE " + account("wallet:a", 0),
    "a journal is replaced": "INSERT OR REPLACE " + journal_like(intent="'other'"),
    "a journal is replaced by its intent": "INSERT OR REPLACE " + journal_like(journal_id="'new'"),
    "an overdraft is ignored": "INSERT OR IGNORE INTO posting SELECT 'hzw', {next}, journal_id, 'wallet:a', 'wallet:b',"
    " 10001, -1, 10001 FROM journal",
    "an overdraft is replaced": "INSERT OR REPLACE INTO posting SELECT 'hzw', {next}, journal_id, 'wallet:a',"
    " 'wallet:b', 10001, -1, 10001 FROM journal",
    "a balance is updated or replaced": "UPDATE OR REPLACE ledger_account SET balance_fen = 1 WHERE code = 'wallet:a'",
}
POSTGRESQL_ATTACKS = {
    "the postings are emptied": "TRUNCATE posting",
    "everything is emptied": "TRUNCATE posting, journal, ledger_account",
    "an overdraft on conflict": "INSERT INTO posting SELECT bank_id, posting_id, journal_id, debit_code, credit_code,"
    " 1, 1, 1 FROM posting ON CONFLICT (bank_id, posting_id) DO UPDATE SET amount_fen = 1",
}


def statement(store: Store, attack: str) -> str:
    """Return the attack with the number that the next posting may have."""
    of_sequence = "nextval('posting_number')"
    following = "(SELECT MAX(posting_id) + 1 FROM posting)" if store.is_sqlite else of_sequence
    return attack.replace("{next}", following)


def test_raw_sql_cannot_break_the_books(store: Store, ctx: Context) -> None:
    attacks = ATTACKS | (SQLITE_ATTACKS if store.is_sqlite else POSTGRESQL_ATTACKS)
    done = []
    for url in sessions_of(store):
        with closing(raw_session(url)) as session:
            for name, attack in attacks.items():
                try:
                    session.execute(statement(store, attack))
                except REFUSED:
                    continue
                done.append((url, name))
    assert done == []
    assert store.read_now(lambda conn: ledger.balance(conn, "hzw", "wallet:a")) == 10_000
    assert store.read_now(lambda conn: prove(conn, ctx, PROOFS)).holds


@pytest.mark.parametrize("number", ["9223372036854775807", "{next} + 1", "0"])
def test_a_posting_cannot_use_up_the_numbers_of_later_ones(store: Store, ctx: Context, number: str) -> None:
    attack = f"INSERT INTO posting SELECT 'hzw', {number}, journal_id, 'wallet:a', 'wallet:b', 1, 9999, 1 FROM journal"  # noqa: S608
    for url in sessions_of(store):
        with closing(raw_session(url)) as session, pytest.raises(REFUSED):
            session.execute(statement(store, attack))
    lines = [("cash", "wallet:a", 1)]
    store.write_now(lambda conn: ledger.post(conn, ctx, DEPOSIT, "i2", lines, subject="a"))


@pytest.mark.postgresql
def test_a_temporary_table_is_not_taken_for_the_books(store: Store) -> None:
    if store.is_sqlite:
        pytest.skip("SQLite's triggers name tables of their own file")
    forged = "INSERT INTO pg_temp.posting VALUES ('hzw', 99, 'j', 'cash', 'wallet:a', 90000, NULL, 100000)"
    with closing(raw_session(store.url)) as session:
        session.execute("CREATE TEMPORARY TABLE posting (LIKE public.posting)")
        session.execute(forged)
        with pytest.raises(REFUSED):
            session.execute(
                "UPDATE ledger_account SET balance_fen = 100000, last_posting_id = 99 WHERE code = 'wallet:a'"
            )
    migrate(store.url)  # the right to temporary tables is of the database itself: the copy has it again
    with closing(raw_session(as_service_user(store.url))) as session, pytest.raises(REFUSED):
        session.execute("CREATE TEMPORARY TABLE posting (LIKE public.posting)")


@pytest.mark.postgresql
def test_no_mode_of_a_session_silences_the_triggers(store: Store) -> None:
    if store.is_sqlite:
        pytest.skip("SQLite has no such mode")
    with closing(raw_session(store.url)) as session:
        session.execute("SET session_replication_role = replica")
        for attack in (
            "DELETE FROM posting",
            "UPDATE ledger_account SET balance_fen = 99999",
            "TRUNCATE posting",
        ):
            with pytest.raises(REFUSED):
                session.execute(attack)


def test_the_same_raw_session_may_add_an_honest_posting(store: Store) -> None:
    honest = "INSERT INTO posting SELECT 'hzw', {next}, journal_id, 'wallet:a', 'wallet:b', 100, 9900, 100 FROM journal"
    with closing(raw_session(sessions_of(store)[-1])) as session:
        session.execute(statement(store, honest))
    assert store.read_now(lambda conn: ledger.balance(conn, "hzw", "wallet:b")) == 100


def test_a_journal_is_reversed_once(store: Store) -> None:
    def reversal(name: str) -> str:
        return journal_like(journal_id=name, intent=name, kind="'reversal'", reverses="journal_id")

    again = "INSERT OR REPLACE " if store.is_sqlite else "INSERT "
    with closing(raw_session(store.url)) as session:
        session.execute("INSERT " + reversal("'first'"))
        for attack in ("INSERT ", again):
            with pytest.raises(REFUSED):
                session.execute(attack + reversal("'second'"))
        found = session.execute("SELECT journal_id FROM journal WHERE reverses IS NOT NULL").fetchall()
    assert found == [("first",)]


def test_a_posting_has_no_row_number_by_which_sqlite_would_replace_it(store: Store) -> None:
    if not store.is_sqlite:
        pytest.skip("PostgreSQL has no row numbers")
    with closing(raw_session(store.url)) as session, pytest.raises(sqlite3.OperationalError, match="rowid"):
        session.execute("SELECT rowid FROM posting")
