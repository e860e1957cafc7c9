"""The core's metadata, and the tables of no single room.

They are answers by key, the outbox, job leases, uses of limits, what operators stopped, and business dates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Index, MetaData, Table, UniqueConstraint
from sqlalchemy.sql.schema import SchemaItem

from partner_adapters.kit.durable.columns import DAY, FLAG, WHOLE, Moment, characters
from partner_adapters.kit.durable.idempotency import define_idempotency
from partner_adapters.kit.durable.jobs import define_job_leases
from partner_adapters.kit.durable.outbox import define_outbox
from partner_adapters.kit.durable.row_rules import row_rules

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "ck": "%(table_name)s_%(constraint_name)s",
    }
)
# SQLite: STRICT, because otherwise an INTEGER column would store 0.5. WITHOUT ROWID, because a row number is one more
# key by which REPLACE deletes a row.
SHAPE: Mapping[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}
idempotency = define_idempotency(metadata, by_caller=True, **SHAPE)
outbox = define_outbox(metadata, **SHAPE)
job_lease = define_job_leases(metadata, **SHAPE)


def define_table(name: str, *parts: SchemaItem, changes: Iterable[str] = (), deletes: bool = False) -> Table:
    """Define a table of the core, in the metadata that the migrations are compared with.

    `changes`: the columns that may change after a row was written. `deletes`: whether rows may be deleted. The database
    refuses everything else, by guards made from this (`migrations/guards/`).
    """
    return Table(name, metadata, *parts, info=row_rules(changes, deletes=deletes), **SHAPE)


def within_bank(table: str, constraint: str | None = None, /, **columns: str) -> ForeignKeyConstraint:
    """Return a reference that cannot leave its bank: `within_bank("customer", customer_id="customer_id")`.

    `constraint`: its name, where the one made of its columns would be too long for PostgreSQL.
    """
    ours, theirs = ["bank_id", *columns], ["bank_id", *columns.values()]
    return ForeignKeyConstraint(ours, [f"{table}.{column}" for column in theirs], name=constraint)


# The date on which each bank does its business. `is_open` is false while the days that a leap of the clock left out are
# being closed.
business_date = define_table(
    "business_date",
    Column("bank_id", characters(32), primary_key=True),
    Column("day", DAY, nullable=False),
    Column("is_open", FLAG, nullable=False),
    changes=("day", "is_open"),
)

# Who said that the date is right, and which date the bank was on before. In protocol time.
date_confirmation = define_table(
    "date_confirmation",
    Column("bank_id", characters(32), primary_key=True),
    Column("day", DAY, primary_key=True),
    Column("from_day", DAY, nullable=False),
    Column("confirmed_by", characters(200), nullable=False),
    Column("confirmed_at", Moment, nullable=False),
)

# The key that a command was sent under, where another caller had used it: see `keys.py`.
renamed_intent = define_table(
    "renamed_intent",
    Column("bank_id", characters(32), primary_key=True),
    Column("intent", characters(64), primary_key=True),
    Column("key", characters(64), nullable=False),
)

# One row for each use of a limit that is counted in the database, until it counts no more. `used_for`: for whom the
# limit counts. `used_at` is protocol time.
limit_use = define_table(
    "limit_use",
    Column("bank_id", characters(32), primary_key=True),
    Column("use_id", characters(32), primary_key=True),
    Column("limit_name", characters(48), nullable=False),
    Column("used_for", characters(80), nullable=False),
    Column("used_at", Moment, nullable=False),
    Index("limit_use_of_key", "bank_id", "limit_name", "used_for", "used_at"),
    deletes=True,
)

# What operators stopped and started, in the order of `number`. A row is never changed. The latest `stop` or `confirm`
# of a name says until when it is stopped; NULL: until it is started. `until` of a `propose` is the end that it asks
# for; NULL: at once. Times are business time, as those of orders.
switch_entry = define_table(
    "switch_entry",
    Column("bank_id", characters(32), primary_key=True),
    Column("number", WHOLE, primary_key=True, autoincrement=False),
    Column("step", characters(8), nullable=False),
    Column("kind", characters(8), nullable=False),
    Column("name", characters(48), nullable=False),
    Column("reason", characters(500), nullable=False),
    Column("operator", characters(200), nullable=False),
    Column("at", Moment, nullable=False),
    Column("until", Moment),
    # Of a `confirm`: the proposal that it confirms, and who made that.
    Column("proposal", WHOLE),
    Column("proposed_by", characters(200)),
    UniqueConstraint("bank_id", "number", "operator"),
    UniqueConstraint("bank_id", "proposal"),
    within_bank("switch_entry", proposal="number", proposed_by="operator"),
    CheckConstraint("step IN ('stop', 'propose', 'confirm')", name="step_known"),
    CheckConstraint("kind IN ('action', 'product', 'partner', 'party')", name="kind_known"),
    CheckConstraint(
        "(step = 'confirm') = (proposal IS NOT NULL) AND (step = 'confirm') = (proposed_by IS NOT NULL)",
        name="confirms_a_proposal",
    ),
    CheckConstraint("step <> 'confirm' OR until IS NOT NULL", name="confirmed_end"),
    CheckConstraint("proposed_by <> operator", name="started_by_two"),
    Index("switch_entry_of_name", "bank_id", "kind", "name", "number"),
)
