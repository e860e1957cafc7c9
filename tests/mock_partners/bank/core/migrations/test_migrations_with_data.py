"""Every step of the core's schema runs forwards over a bank in use: no row is lost, and the proof holds.

A bank runs at the newest schema and does what the code of a step could do. Its rows, cut to the columns of that step,
are the database at that step. After the migration it must be the same bank.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection, column, insert, inspect, select, text
from sqlalchemy import table as table_clause

from mock_partners.bank.core.audit.signing import RowSigner
from mock_partners.bank.core.audit.starting import sign_what_stands
from mock_partners.bank.core.audit.tables import audit_row
from mock_partners.bank.core.events.objects import KINDS
from mock_partners.bank.core.events.starting import record_missing
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.proof import prove
from mock_partners.bank.core.ledger.accounts import DEBIT_KINDS
from mock_partners.bank.core.migrations import MIGRATIONS, migrate
from mock_partners.bank.core.reconciliation.settlement import reconcile_days
from mock_partners.bank.core.rooms import PROOFS
from mock_partners.bank.core.schema import metadata
from partner_adapters.kit.durable.private_files import DatabaseRefused
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.values.clock import FixedClock
from tests.h5app.test_migrations_with_data import steps_of
from tests.mock_partners.bank.core.conftest import START
from tests.support.databases import postgresql
from tests.support.houses.core import BANKS, IdentityHosts, TestBank, core_settings, running_bank
from tests.support.people.borrowers import borrow, live
from tests.support.sample import newest_and_every_nth

pytestmark = pytest.mark.anyio
Rows = Mapping[str, list[dict[str, Any]]]
# Tables with columns that a migration fills from old rows; they must say what the bank writes there today.
FILLED = ("journal", "ledger_account")


# The steps whose code could do more than that of the step before. Later code does nothing more here.
STAGES = ("0001", "0002", "0003", "0004")


async def lived(bank: TestBank, step: str) -> None:
    """What the code of that step could already do."""
    if step == "0001":
        await bank.funded_account(amount_fen=100_000)
        return
    borrower = await borrow(bank, funds_fen=100_000)
    if step >= "0003":
        loan_id = await borrower.drawn(1_000_000)
        await live(bank, bank.clock.today() + timedelta(days=3))
        await borrower.repay(loan_id, "part", 100_000)
    if step >= "0004":
        await reconcile_days(bank.core)


@pytest.fixture(scope="module")
async def working(anyio_backend: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The database of a bank at the newest schema, by the stage whose code it used. Tests only read it."""
    urls = {}
    for stage in STAGES:
        folder = tmp_path_factory.mktemp(stage)
        urls[stage] = f"sqlite:///{folder / 'living.sqlite'}"
        async with running_bank(urls[stage], folder, FixedClock(START)) as bank:
            await lived(bank, stage)
            await bank.prove()
    return urls


def rows(conn: Connection, columns: Mapping[str, list[str]]) -> Rows:
    """Every row of these tables, cut to these columns, in an order of its own."""
    found = {}
    for table, names in columns.items():
        kept = [metadata.tables[table].c[name] for name in names]
        query = select(*kept).order_by(*metadata.tables[table].primary_key)
        found[table] = [dict(row) for row in conn.execute(query).mappings()]
    return found


def with_every_balance(before: Rows) -> Rows:
    """The books as written before step 0019: each account stored its balance, and each posting stated both."""
    accounts: dict[tuple[str, str], dict[str, Any]] = {
        (row["bank_id"], row["code"]): {**row, "balance_fen": 0, "last_posting_id": 0}
        for row in before["ledger_account"]
    }
    postings = []
    for row in sorted(before["posting"], key=lambda row: row["posting_id"]):
        after = dict(row)
        for side, sign in (("debit", 1), ("credit", -1)):
            account = accounts[row["bank_id"], row[f"{side}_code"]]
            account["balance_fen"] += sign * row["amount_fen"] * (1 if account["kind"] in DEBIT_KINDS else -1)
            account["last_posting_id"] = row["posting_id"]
            after[f"{side}_after_fen"] = account["balance_fen"]
        postings.append(after)
    return {**before, "ledger_account": list(accounts.values()), "posting": postings}


def columns_of(conn: Connection) -> dict[str, list[str]]:
    there = inspect(conn)
    return {
        table.name: [column["name"] for column in there.get_columns(table.name)]
        for table in metadata.sorted_tables
        # Its HMACs are over the texts of one database, so the first start at the other signs anew.
        if there.has_table(table.name) and table is not audit_row
    }


@contextmanager
def as_written(conn: Connection) -> Iterator[None]:
    """Rows are put back as they stood, so what the triggers would do to them has been done already."""
    if conn.dialect.name == "postgresql":
        conn.execute(text("SET LOCAL session_replication_role = replica"))
        yield
        conn.execute(text("SET LOCAL session_replication_role = origin"))
        return
    triggers = conn.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
    conn.execute(text("PRAGMA defer_foreign_keys = ON"))
    for trigger in triggers:
        conn.execute(text(f'DROP TRIGGER "{trigger.name}"'))
    yield
    for trigger in triggers:
        conn.exec_driver_sql(trigger.sql)


def put_back(conn: Connection, kept: Rows) -> None:
    with as_written(conn):
        for name, old in kept.items():
            if old:
                types = {each: metadata.tables[name].c[each].type for each in old[0]}
                columns = [column(each, type_) for each, type_ in types.items()]
                conn.execute(insert(table_clause(name, *columns)).values(old))


# A bank at an early step passes through every later one. `--whole` begins at each.
@pytest.mark.parametrize("step", newest_and_every_nth(steps_of(MIGRATIONS), newest=4, nth=4))
async def test_a_working_bank_at_any_step_comes_to_the_newest(
    database_url: str, working: dict[str, str], step: str, ctx: Context, clock: FixedClock
) -> None:
    target = Store(database_url)
    target.write_now(lambda conn: MIGRATIONS.upgrade(conn, step))
    columns = target.read_now(columns_of)
    living = Store(working[min(step, STAGES[-1])])
    before = living.read_now(lambda conn: rows(conn, columns))
    newest = living.read_now(lambda conn: rows(conn, {table: columns_of(conn)[table] for table in FILLED}))
    living.close()

    target.write_now(lambda conn: put_back(conn, with_every_balance(before) if step < "0019" else before))
    migrate(database_url)
    assert target.read_now(lambda conn: rows(conn, columns)) == before
    assert (
        target.read_now(lambda conn: rows(conn, {table: columns_of(conn)[table] for table in FILLED}))
        == newest
    )
    assert sum(map(len, before.values())) > 30
    empty = postgresql.empty_database_url(database_url)
    settings = core_settings(IdentityHosts(), empty_database_url=empty)
    # After the days that the bank has lived.
    later = ctx.now + timedelta(days=30)
    then = replace(ctx, settings=settings, now=later, today=later.date(), wall=later, clock_now=later)
    for bank_id in BANKS.values():
        bank = replace(then, bank_id=bank_id)
        for name in KINDS:
            times = {"now": bank.wall, "business_now": bank.now}
            missing = partial(record_missing, bank_id=bank_id, name=name, **times)
            recorded = target.write_now(missing)
            assert recorded == 0 or target.write_now(missing) == 0
        target.write_now(
            partial(sign_what_stands, bank_id=bank_id, signer=RowSigner(settings, FixedClock(later)))
        )
        report = target.read_now(lambda conn, bank=bank: prove(conn, bank, PROOFS))
        assert report.holds, [item for item in report.items if not item.holds]
    target.close()


async def test_the_key_of_an_order_or_card_check_becomes_its_partners(
    database_url: str, working: dict[str, str]
) -> None:
    target, living = Store(database_url), Store(working[STAGES[-1]])
    target.write_now(lambda conn: MIGRATIONS.upgrade(conn, "0020"))
    columns = target.read_now(columns_of)
    before = living.read_now(lambda conn: rows(conn, columns))
    living.close()
    target.write_now(lambda conn: put_back(conn, before))
    migrate(database_url)
    keys = metadata.tables["idempotency_key"].c
    callers = dict(target.read_now(lambda conn: conn.execute(select(keys.key, keys.caller)).all()))
    target.close()
    opened = {row["intent"]: row["partner"] for row in before["customer_order"]}
    assert {key: caller for key, caller in callers.items() if key in opened}.items() <= opened.items()
    assert {caller for key, caller in callers.items() if key not in opened} == {""}
    assert set(callers.values()) == {"lyg", ""}


async def test_a_stored_balance_that_the_postings_do_not_say_stops_the_migration(database_url: str) -> None:
    target = Store(database_url)
    target.write_now(lambda conn: MIGRATIONS.upgrade(conn, "0018"))
    wrong = "VALUES ('hzw', 'cash', 'cash', 'asset', 1, 0)"
    columns = "bank_id, code, role, kind, balance_fen, last_posting_id"

    def put_wrong(conn: Connection) -> None:
        with as_written(conn):
            conn.execute(text(f"INSERT INTO ledger_account ({columns}) {wrong}"))

    target.write_now(put_wrong)
    with pytest.raises(DatabaseRefused, match="cash"):
        migrate(database_url)
    assert (
        target.read_now(
            lambda conn: conn.execute(text("SELECT balance_fen FROM ledger_account")).scalar_one()
        )
        == 1
    )
    target.close()
