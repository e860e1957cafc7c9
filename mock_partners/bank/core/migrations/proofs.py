"""The proof that the schema is as migrated: an owner of the database can drop a trigger, cheat, and leave it so.

Every object is compared with what the migrations make in an empty database of the same kind. For PostgreSQL that is a
database on the same server (`empty_database_url`): two versions of it write a definition differently. The migrations
run there in a transaction that is rolled back, so that nothing stays that could be tampered with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.proof import ComputedProof, Pair, pin_search_path
from mock_partners.bank.core.migrations import MIGRATIONS, read_sql
from partner_adapters.kit.durable.private_files import DatabaseRefused
from partner_adapters.kit.durable.store import DatabaseAway
from partner_adapters.kit.web.logs import log

# Definitions by the name of the object.
Catalogue = Mapping[str, str]
# What every PostgreSQL database holds before the first migration.
_EMPTY = ("server", "schema public", "grant on schema public to", "grant on database to", "setting ")


class NotCompared(Exception):
    """There is nothing to compare the schema with. The message says why."""


def read_catalogue(conn: Connection) -> Catalogue:
    """Return every object of the schema, with what it is, does and allows."""
    pin_search_path(conn)
    [query] = read_sql(conn, "catalogue")
    rows = conn.execution_options(no_parameters=True).exec_driver_sql(query)
    catalogue: dict[str, str] = dict(map(tuple, rows))
    if "table alembic_version" in catalogue:
        catalogue["step"] = (
            conn.execute(text("SELECT MAX(version_num) FROM alembic_version")).scalar_one() or ""
        )
    return catalogue


@cache
def catalogue_as_migrated(empty_database_url: str) -> Catalogue:
    """Return what the migrations make. It takes a second, once in a process.

    `empty_database_url` is an empty PostgreSQL database, or "" for SQLite in memory. Raises `NotCompared`.
    """
    if not empty_database_url:
        engine = create_engine("sqlite://")
        with engine.connect() as conn:
            return _migrate_empty(conn)
    try:
        return MIGRATIONS.rehearse(empty_database_url, _migrate_empty)
    except (DatabaseRefused, DatabaseAway, DBAPIError) as error:
        log.warning("schema.not_compared", reason=str(error).partition("\n")[0])
        raise NotCompared("the empty database cannot be migrated") from error


def _migrate_empty(conn: Connection) -> Catalogue:
    if unexpected := [name for name in read_catalogue(conn) if not name.startswith(_EMPTY)]:
        raise NotCompared(f"the empty database has {unexpected[0]}")
    if conn.dialect.name == "postgresql":
        conn.execute(text("SET LOCAL search_path = public"))
    MIGRATIONS.upgrade(conn)
    return read_catalogue(conn)


def _compare(conn: Connection, ctx: Context) -> Iterator[Pair]:
    """Yield each object: as migrated and as found, 1 where it is and 0 where it is not or is another."""
    try:
        expected = _expected(conn, ctx)
    except NotCompared as error:
        yield f"not compared: {error}", 1, 0
        return
    found = read_catalogue(conn)
    for name in sorted({*expected, *found}):
        if name not in expected:
            yield f"{name} is not of the migrations", 0, 1
        elif name not in found:
            yield f"{name} is missing", 1, 0
        else:
            yield (
                name if found[name] == expected[name] else f"{name} is changed",
                1,
                int(found[name] == expected[name]),
            )


def _expected(conn: Connection, ctx: Context) -> Catalogue:
    if conn.dialect.name == "sqlite":
        return catalogue_as_migrated("")
    url = ctx.settings.empty_database_url
    if url is None:
        raise NotCompared("no empty_database_url is set")
    return catalogue_as_migrated(url.get_secret_value())


PROOFS = (ComputedProof("schema.is_as_migrated", _compare),)
