"""Freezes of accounts, accounts that were closed, and card checks of visitors who have not logged in."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import DAY, WHOLE, Moment, characters

revision = "0034"
down_revision = "0033"

CLOSED_BY_ORDER = (
    "(state = 'closed') = (closed_on IS NOT NULL) AND (state = 'closed') = (closed_by_intent IS NOT NULL)"
)
# What SQLite's tables say, and what they say afterwards.
ACCOUNT = (
    (
        "  CONSTRAINT account_pkey PRIMARY KEY",
        "  closed_on TEXT,\n  closed_by_intent TEXT,\n  CONSTRAINT account_pkey PRIMARY KEY",
    ),
    ("  CONSTRAINT account_bank_id_customer_id_key UNIQUE (bank_id, customer_id),\n", ""),
    (
        "CONSTRAINT account_state_known CHECK (state IN ('open', 'frozen', 'closed'))",
        "CONSTRAINT account_state_known CHECK (state IN ('open', 'closed')),\n"
        f"  CONSTRAINT account_closed_by_order CHECK ({CLOSED_BY_ORDER})",
    ),
)
CARD_CHECK = (
    ("  customer_id TEXT NOT NULL,\n", "  customer_id TEXT,\n"),
    (
        "  CONSTRAINT card_check_pkey PRIMARY KEY",
        "  holder_name TEXT,\n  holder_id_number TEXT,\n  holder_lang TEXT,\n  CONSTRAINT card_check_pkey PRIMARY KEY",
    ),
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _remake("account", ACCOUNT)
        _remake("card_check", CARD_CHECK)
    else:
        op.drop_constraint(op.f("account_bank_id_customer_id_key"), "account", type_="unique")
        op.drop_constraint(op.f("account_state_known"), "account", type_="check")
        op.add_column("account", sa.Column("closed_on", DAY, nullable=True))
        op.add_column("account", sa.Column("closed_by_intent", characters(64), nullable=True))
        op.create_check_constraint(op.f("account_state_known"), "account", "state IN ('open', 'closed')")
        op.create_check_constraint(op.f("account_closed_by_order"), "account", CLOSED_BY_ORDER)
        op.alter_column("card_check", "customer_id", nullable=True)
        for name, width in (("holder_name", 64), ("holder_id_number", 18), ("holder_lang", 2)):
            op.add_column("card_check", sa.Column(name, characters(width), nullable=True))
    unclosed = sa.text("state <> 'closed'")
    op.create_index("account_of_customer", "account", ["bank_id", "customer_id"])
    op.create_index(
        "account_one_unclosed",
        "account",
        ["bank_id", "customer_id"],
        unique=True,
        sqlite_where=unclosed,
        postgresql_where=unclosed,
    )
    op.create_table(
        "account_freeze",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("account_id", characters(32), nullable=False),
        sa.Column("number", WHOLE, autoincrement=False, nullable=False),
        sa.Column("party", characters(8), nullable=False),
        sa.Column("step", characters(6), nullable=False),
        sa.Column("partner", characters(48), nullable=True),
        sa.Column("intent", characters(64), nullable=True),
        sa.Column("reason", characters(24), nullable=True),
        sa.Column("note", characters(500), nullable=True),
        sa.Column("operator", characters(200), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.CheckConstraint("step IN ('freeze', 'lift')", name=op.f("account_freeze_step_known")),
        sa.CheckConstraint(
            "(party = 'customer' AND intent IS NOT NULL AND partner IS NOT NULL AND operator IS NULL)"
            " OR (party = 'bank' AND intent IS NULL AND note IS NOT NULL AND operator IS NOT NULL)",
            name=op.f("account_freeze_done_by_its_party"),
        ),
        sa.CheckConstraint(
            "(party = 'bank' AND step = 'freeze') = (reason IS NOT NULL)",
            name=op.f("account_freeze_bank_says_why"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "account_id"],
            ["account.bank_id", "account.account_id"],
            name=op.f("account_freeze_bank_id_account_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("bank_id", "account_id", "number", name=op.f("account_freeze_pkey")),
        sa.UniqueConstraint("bank_id", "intent", name=op.f("account_freeze_bank_id_intent_key")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _remake(table: str, edits: Sequence[tuple[str, str]]) -> None:
    """Make SQLite's table anew with edited words, the same rows, indexes and triggers.

    Rows of other tables refer to its rows, so that references are compared only when the transaction ends.
    """
    conn = op.get_bind()
    query = "SELECT sql FROM sqlite_master WHERE tbl_name = ? AND type = ? AND sql IS NOT NULL"
    created = conn.exec_driver_sql(query, (table, "table")).scalar_one()
    beside = [
        each for kind in ("index", "trigger") for each in conn.exec_driver_sql(query, (table, kind)).scalars()
    ]
    columns = [row.name for row in conn.exec_driver_sql(f"PRAGMA table_info({table})")]
    for old, new in edits:
        assert old in created, f"the table {table} does not say {old}"
        created = created.replace(old, new)
    names = ", ".join(columns)
    conn.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    conn.exec_driver_sql(f"CREATE TEMPORARY TABLE kept AS SELECT {names} FROM {table}")  # noqa: S608 (our own names)
    conn.exec_driver_sql(f"DROP TABLE {table}")
    conn.exec_driver_sql(created)
    conn.exec_driver_sql(f"INSERT INTO {table} ({names}) SELECT {names} FROM temp.kept")  # noqa: S608
    conn.exec_driver_sql("DROP TABLE temp.kept")
    for each in beside:
        conn.execution_options(no_parameters=True).exec_driver_sql(each)
