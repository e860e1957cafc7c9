"""The proof names every object of the schema that is not as the migrations make it, in both databases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from sqlalchemy import Connection

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.proof import Rule, prove
from mock_partners.bank.core.migrations import migrate, proofs, run_statements
from mock_partners.bank.core.rooms import PROOFS
from partner_adapters.kit.durable.store import Store
from tests.support.databases import postgresql
from tests.support.houses.core import IdentityHosts, core_settings

# What an owner of the database does, and what the proof then names.
LYING_VIEW = (
    "DROP VIEW ledger_balance; CREATE VIEW ledger_balance AS"
    " SELECT bank_id, code, kind, CAST(7 AS BIGINT) AS balance_fen FROM ledger_account"
)
SHADOW = "CREATE TEMPORARY TABLE posting (LIKE posting)"
SQLITE = {
    LYING_VIEW: "view ledger_balance is changed",
    "DROP TRIGGER ledger_account_opens_empty": "trigger ledger_account_opens_empty is missing",
    "DROP INDEX loan_to_close": "index loan_to_close is missing",
    "CREATE TABLE gift (n INTEGER)": "table gift is not of the migrations",
    "CREATE TEMPORARY VIEW gift AS SELECT 1": "temporary view gift is not of the migrations",
    "ALTER TABLE loan ADD COLUMN gift INTEGER": "table loan is changed",
    "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'amount_fen > 0', '1')"
    " WHERE name = 'posting'": "table posting is changed",
    "UPDATE alembic_version SET version_num = '0001'": "step is changed",
}
POSTGRESQL = {
    LYING_VIEW: "view ledger_balance is changed",
    "DROP TRIGGER ledger_account_opens_empty ON ledger_account": (
        "trigger ledger_account ledger_account_opens_empty is missing"
    ),
    "ALTER TABLE ledger_account DISABLE TRIGGER ledger_account_opens_empty": (
        "trigger ledger_account ledger_account_opens_empty is changed"
    ),
    "ALTER TABLE loan DISABLE TRIGGER ALL": (
        "trigger loan loan_bank_id_intent_fkey RI_FKey_check_ins is changed"
    ),
    "CREATE OR REPLACE FUNCTION posting_moves_balances() RETURNS trigger LANGUAGE plpgsql"
    " AS 'BEGIN RETURN NULL;END'": "function posting_moves_balances() is changed",
    "CREATE FUNCTION pg_catalog.gift(n integer) RETURNS integer LANGUAGE sql AS 'SELECT 1'": (
        "function gift(integer) is not of the migrations"
    ),
    "ALTER FUNCTION posting_moves_balances() SET search_path = pg_temp": (
        "function posting_moves_balances() is changed"
    ),
    "ALTER TABLE posting DROP CONSTRAINT posting_amount_in_range": (
        "constraint posting.posting_amount_in_range is missing"
    ),
    "ALTER TABLE loan ALTER closed_through SET DEFAULT '2099-01-01'": (
        "column loan.closed_through is changed"
    ),
    "ALTER TABLE loan ENABLE ROW LEVEL SECURITY": "table loan is changed",
    "CREATE RULE gift AS ON INSERT TO posting DO INSTEAD NOTHING": (
        "rule posting.gift is not of the migrations"
    ),
    "DROP INDEX loan_to_close": "index loan_to_close is missing",
    "ALTER SEQUENCE posting_number INCREMENT BY 1000": "sequence numbers posting_number is changed",
    "CREATE TABLE gift (n INTEGER)": "table gift is not of the migrations",
    SHADOW: "table pg_temp.posting is not of the migrations",
    "CREATE SCHEMA gift": "schema gift is not of the migrations",
    "CREATE FUNCTION gift(varchar, varchar) RETURNS bool LANGUAGE sql AS 'SELECT true';"
    " CREATE OPERATOR = (LEFTARG = varchar, RIGHTARG = varchar, FUNCTION = gift)": (
        "operator public.=(character varying,character varying) is not of the migrations"
    ),
    "CREATE ROLE thief; ALTER TABLE loan OWNER TO thief": "table loan is changed",
    "GRANT UPDATE ON loan TO PUBLIC": "grant on table loan to public is not of the migrations",
    "GRANT UPDATE (state) ON loan TO PUBLIC": (
        "grant on column loan.state to public is not of the migrations"
    ),
    "ALTER ROLE CURRENT_USER SET search_path = pg_temp": (
        "setting search_path of owner is not of the migrations"
    ),
    "UPDATE alembic_version SET version_num = '0001'": "step is changed",
}


@pytest.fixture
def store(migrated_url: str) -> Iterator[Store]:
    # A copy of a database does not have its rights.
    migrate(migrated_url)
    made = Store(migrated_url)
    yield made
    made.close()


def broken(conn: Connection, ctx: Context, rules: Sequence[Rule]) -> dict[str, list[str]]:
    """What the breaches are about, by rule."""
    report = prove(conn, ctx, rules)
    return {
        item.name: [breach.subject for breach in item.breaches] for item in report.items if not item.holds
    }


def test_each_object_that_is_not_as_migrated_is_named(store: Store, ctx: Context) -> None:
    empty = postgresql.empty_database_url(store.url)
    ctx = replace(ctx, settings=core_settings(IdentityHosts(), empty_database_url=empty))

    def cheat(conn: Connection) -> None:
        for statements, expected in (SQLITE if store.is_sqlite else POSTGRESQL).items():
            # What hides the real books must not mislead any other rule.
            rules = PROOFS if statements in (LYING_VIEW, SHADOW) else proofs.PROOFS
            names = tried(conn, statements, ctx, rules)
            assert names.keys() == {"schema.is_as_migrated"}, statements
            assert expected in names["schema.is_as_migrated"], (statements, names)
        assert tried(conn, "SELECT 1", ctx, proofs.PROOFS) == {}

    store.write_now(cheat)


def tried(conn: Connection, statements: str, ctx: Context, rules: Sequence[Rule]) -> dict[str, list[str]]:
    with conn.begin_nested() as attempt:
        run_statements(conn, statements.split("; "))
        names = broken(conn, ctx, rules)
        attempt.rollback()
    return names


@pytest.mark.postgresql
def test_without_an_empty_database_the_rule_does_not_hold(
    postgresql_cluster: str, migrated_template: str, ctx: Context
) -> None:
    url = f"postgresql+psycopg://{postgresql_cluster}/{migrated_template}"
    store = Store(url)
    for empty, reason in [
        (None, "no empty_database_url is set"),
        (url, "the empty database has "),
        (f"{url}_that_is_not", "the empty database cannot be migrated"),
    ]:
        there = replace(ctx, settings=core_settings(IdentityHosts(), empty_database_url=empty))
        [[breach]] = store.read_now(lambda conn, there=there: broken(conn, there, proofs.PROOFS)).values()
        assert breach.startswith(f"not compared: {reason}")
    store.close()
