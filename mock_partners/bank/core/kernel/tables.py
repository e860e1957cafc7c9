"""The core's metadata, and the tables of no single room.

They are answers by intent, the outbox, job leases, and uses of limits.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKeyConstraint, Index, MetaData, Table
from sqlalchemy.sql.schema import SchemaItem

from partner_adapters.kit.durable.columns import Moment, characters
from partner_adapters.kit.durable.idempotency import define_idempotency
from partner_adapters.kit.durable.jobs import define_job_leases
from partner_adapters.kit.durable.outbox import define_outbox

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "ck": "%(table_name)s_%(constraint_name)s",
    }
)
idempotency = define_idempotency(metadata, by_caller=True)
outbox = define_outbox(metadata)
job_lease = define_job_leases(metadata)


def define_table(name: str, *parts: SchemaItem) -> Table:
    """Define a table of the core, in the metadata that the migrations are compared with.

    SQLite: STRICT, because otherwise an INTEGER column would store 0.5. WITHOUT ROWID, because `INSERT OR REPLACE` by
    rowid deletes a row past the triggers that forbid it.
    """
    return Table(name, metadata, *parts, sqlite_strict=True, sqlite_with_rowid=False)


def within_bank(table: str, **columns: str) -> ForeignKeyConstraint:
    """Return a reference that cannot leave its bank: `within_bank("customer", customer_id="customer_id")`."""
    ours, theirs = ["bank_id", *columns], ["bank_id", *columns.values()]
    return ForeignKeyConstraint(ours, [f"{table}.{column}" for column in theirs])


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
)
