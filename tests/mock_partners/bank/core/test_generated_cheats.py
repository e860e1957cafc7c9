"""Every table is cheated on in every way that its definition gives: each cheat is refused, or the proof names it.

Columns that may change in silence stand in `silent_columns.toml`, each with its reason. `make test` tries one cheat on
each table, `make chaos` every one, and prints how they ended.
"""

from __future__ import annotations

import asyncio
import tomllib
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from sqlalchemy import Column, Integer, MetaData, Row, String, Table, create_engine, insert, null, select

from mock_partners.bank.core.audit.tables import audit_row
from mock_partners.bank.core.events.numbering import number_events
from mock_partners.bank.core.events.tables import event
from mock_partners.bank.core.kernel.caller import Staff
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.rooms import PROOFS
from mock_partners.bank.core.schema import metadata
from partner_adapters.core_bank.events import EventType
from partner_adapters.kit.values.clock import CHINA, FixedClock
from tests.support.databases import postgresql
from tests.support.databases.cheating import (
    DatabaseOwner,
    FileOwner,
    Outcome,
    Proving,
    Shadowing,
    Thief,
    raw_engine,
)
from tests.support.databases.cheats import Cheat, cheats, read_rows
from tests.support.houses.core import TestBank, running_bank
from tests.support.people.busy_bank import live_everything

BANK_ID = "hzw"
# What does not happen in the lived bank.
UNLIVED_TYPES = {
    *("application.at_counter", "application.cancelled", "application.expired", "contract.void"),
    *("line.ended", "line.frozen", "line.unfrozen", "loan.current", "consent.withdrawn"),
}
START = datetime(2026, 11, 24, 10, 0, tzinfo=CHINA)
ALLOWED_FILE = Path(__file__).with_name("silent_columns.toml")
# Who cheats, and which columns of the allow-list count for them.
THIEVES: Mapping[str, tuple[str, Mapping[str, type[Thief]]]] = {
    "user": ("user", {"sqlite": Thief, "postgresql": Thief}),
    "shadowing user": ("user", {"sqlite": Shadowing, "postgresql": Shadowing}),
    "owner": ("owner", {"sqlite": FileOwner, "postgresql": DatabaseOwner}),
}
# No cheat changes the schema. The rule about it would name each shadowing user for the temporary tables alone.
RULES = [rule for rule in PROOFS if rule.name != "schema.is_as_migrated"]
# Chosen so that the sample has another kind of cheat on each table.
STRIDE = 7
Live = Callable[[TestBank], Awaitable[None]]


@dataclass(frozen=True)
class World:
    """The database of a bank in which every table has rows, and what the proof needs: a context for each bank."""

    url: str
    contexts: list[Context]


@pytest.fixture(scope="module")
def lived(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    folder = tmp_path_factory.mktemp("busy")
    file = folder / "core.sqlite"
    file.write_bytes(migrated_file.read_bytes())
    return asyncio.run(_start(f"sqlite:///{file}", folder, START, live_everything))


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def world(
    request: pytest.FixtureRequest, lived: World, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """The lived world. PostgreSQL has a copy of its rows: living it there as well takes longer than all cheats."""
    if request.param == "sqlite":
        yield lived
        return
    address, template = (
        request.getfixturevalue(name) for name in ("postgresql_cluster", "migrated_template")
    )
    with postgresql.fresh_database(address, "busy", template) as url:
        _copy_rows(lived.url, url)
        yield asyncio.run(_start(url, tmp_path_factory.mktemp("copy"), lived.contexts[0].clock_now))


async def _start(url: str, folder: Path, now: datetime, live: Live | None = None) -> World:
    """Start a bank, let it live, prove its books, and return what it leaves."""
    async with running_bank(url, folder, FixedClock(now, confirms=False)) as bank:
        if live:
            await live(bank)
            await number_events(bank.core)
        await bank.prove()
        return World(
            url, [bank.core.context(each.bank_id, Staff("duty-hzw")) for each in bank.core.settings.banks]
        )


def _copy_rows(source: str, target: str) -> None:
    """Copy rows to PostgreSQL, without triggers.

    Signatures are over a database's own text of a row. The bank makes new ones when it starts on the copy.
    """
    with create_engine(source).connect() as read, create_engine(target).begin() as write:
        owner = DatabaseOwner(write, Proving([], []))
        for table in metadata.sorted_tables:
            if table is audit_row:
                continue
            # A document can be missing or be the JSON value null. Python has None for both, so the first is left out.
            missing = [column.is_(null()).label(f"no {column.name}") for column in table.columns]
            rows = read.execute(select(*table.columns, *missing)).mappings().all()
            with owner.access(table.name):
                for row in rows:
                    found = {
                        each.name: row[each.name] for each in table.columns if not row[f"no {each.name}"]
                    }
                    write.execute(insert(table).values(found))
        write.exec_driver_sql("ANALYZE")  # else the proof is planned for empty tables


@pytest.fixture(scope="module")
def generated(world: World) -> list[Cheat]:
    engine = raw_engine(world.url)
    with engine.connect() as conn:
        rows = read_rows(conn, metadata, BANK_ID)
    engine.dispose()
    assert [name for name, of_table in rows.items() if not of_table] == [], "tables without rows"
    return list(cheats(metadata, rows, engine.name))


def allowed(by: str, database: str) -> Mapping[str, str]:
    """Return the reason of each `table.column` that this person may change in silence in this kind of database."""
    entries, names = tomllib.loads(ALLOWED_FILE.read_text("utf-8"))["silent"], {by, f"{by} of {database}"}
    return {name: each["reason"] for each in entries if names & set(each["by"]) for name in each["columns"]}


def touched(cheat: Cheat) -> list[set[str]]:
    """Return what a cheat changes, its columns or the whole row: each by the two names that the allow-list may use."""
    names = [f"{cheat.table}.{column}" for column in (cheat.column or "row").split("+")]
    return [{name, f"{name} [{cheat.row}]"} for name in names]


@pytest.mark.parametrize(
    "every", [pytest.param(False, id="sample"), pytest.param(True, id="every", marks=pytest.mark.whole)]
)
@pytest.mark.parametrize("who", THIEVES)
def test_each_cheat_is_refused_or_named(
    world: World, generated: list[Cheat], who: str, every: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    by, kinds = THIEVES[who]
    engine, found = raw_engine(world.url), defaultdict[Outcome, list[Cheat]](list)
    with engine.connect() as conn:
        thief = kinds[engine.name](conn, Proving(world.contexts, RULES))
        for cheat in generated if every else sample(generated):
            found[thief.attempt(cheat)].append(cheat)
        conn.rollback()
    engine.dispose()
    reasons = allowed(by, engine.name)
    silent = [
        cheat
        for cheat in found[Outcome.SILENT]
        if not all(names & reasons.keys() for names in touched(cheat))
    ]
    with capsys.disabled():
        print(f"\n{who} of {engine.name}: {summary(found, silent)}")  # noqa: T201
    wrong = [*silent, *found[Outcome.UNSHOWN], *found[Outcome.NO_EFFECT]]
    assert not wrong, "\n".join(map(str, wrong))
    if every:
        used = {name for cheat in found[Outcome.SILENT] for names in touched(cheat) for name in names}
        unneeded = sorted(reasons.keys() - used)
        assert not unneeded, f"the allow-list has what nothing needs: {unneeded}"


def sample(generated: list[Cheat]) -> list[Cheat]:
    """Return one cheat on each table, of another kind on each."""
    by_table = defaultdict[str, list[Cheat]](list)
    for cheat in generated:
        by_table[cheat.table].append(cheat)
    return [of_table[STRIDE * number % len(of_table)] for number, of_table in enumerate(by_table.values())]


def summary(found: Mapping[Outcome, list[Cheat]], silent: list[Cheat]) -> str:
    """Return how the cheats ended, as one line."""
    counts = Counter({outcome: len(cheats) for outcome, cheats in found.items()})
    tried, quiet = counts.total(), counts[Outcome.SILENT] - len(silent)
    return (
        f"{tried} cheats: {counts[Outcome.REFUSED]} refused, {counts[Outcome.NAMED]} named, "
        f"{quiet} allowed, {len(silent)} silent"
    )


def test_a_whole_life_is_told_under_the_consent_without_gaps_and_in_one_order(lived: World) -> None:
    t, told = event.c, defaultdict[tuple[str, str], list[Row[Any]]](list)
    engine = raw_engine(lived.url)
    with engine.connect() as conn:
        rows = conn.execute(select(event).where(t.bank_id == BANK_ID).order_by(t.position)).all()
    engine.dispose()
    for row in rows:
        told[row.object, row.object_id].append(row)
    for events in told.values():
        assert [row.sequence for row in events] == list(range(1, len(events) + 1))
        times = [row.occurred_at for row in events]
        assert times == sorted(times)
    assert [row.position for row in rows] == list(range(1, len(rows) + 1))
    # The customers agreed before they did most of it.
    assert any(row.consent_id for row in rows)
    assert {row.type for row in rows} == set(get_args(EventType)) - UNLIVED_TYPES


def test_a_new_table_is_cheated_on_without_being_named() -> None:
    schema = MetaData()
    Table(
        "gift",
        schema,
        Column("bank_id", String, primary_key=True),
        Column("gift_id", String, primary_key=True),
        Column("amount_fen", Integer, nullable=False),
    )
    rows = {"gift": [{"bank_id": BANK_ID, "gift_id": f"g{fen}", "amount_fen": fen} for fen in (1, 2)]}
    found = {(cheat.column, cheat.how) for cheat in cheats(schema, rows, "sqlite")}
    assert {("amount_fen", "of another row"), ("amount_fen", "swapped"), ("gift_id", "altered")} <= found
    assert {("", "deleted"), ("", "twinned"), ("", "replaced by gift_id")} <= found
