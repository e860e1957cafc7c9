"""What orders hold of an account, counters of what went in and out, and the class of an account.

Every account until now is of class II, and no order held anything.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from mock_partners.bank.core.migrations import run_sql
from partner_adapters.kit.durable.columns import DAY, FLAG, WHOLE, Moment, characters

revision = "0031"
down_revision = "0030"

HELD = "CONSTRAINT ledger_account_held_of_a_balance CHECK (held_fen = 0 OR (held_fen > 0 AND floor_fen IS NOT NULL))"
CLASS = "CONSTRAINT account_class_known CHECK (account_class IN ('II', 'III'))"
FLOOR, FLOOR_WITH_HOLDS = "floor_fen IS NULL OR balance_fen", "floor_fen IS NULL OR balance_fen - held_fen"


def upgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    whole, text = ("INTEGER", "TEXT") if is_sqlite else ("BIGINT", "VARCHAR(3)")
    op.execute(f"ALTER TABLE ledger_account ADD COLUMN held_fen {whole} DEFAULT 0 NOT NULL {HELD}")
    op.execute(f"ALTER TABLE account ADD COLUMN account_class {text} DEFAULT 'II' NOT NULL {CLASS}")
    if is_sqlite:
        _count_holds_in_floor()
    else:
        name = op.f("ledger_account_balance_above_floor")
        op.drop_constraint(name, "ledger_account", type_="check")
        op.create_check_constraint(name, "ledger_account", f"{FLOOR_WITH_HOLDS} >= floor_fen")
    _create_tables()
    run_sql(op.get_bind(), "0031_holds")


def _count_holds_in_floor() -> None:
    """Let SQLite's CHECK of the floor count what is held, which is 0 in every row. See 0027 for why this way."""
    conn = op.get_bind()
    version = conn.exec_driver_sql("PRAGMA schema_version").scalar_one()
    conn.exec_driver_sql("PRAGMA writable_schema = ON")
    changed = conn.exec_driver_sql(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'ledger_account'",
        (f"{FLOOR} >=", f"{FLOOR_WITH_HOLDS} >="),
    )
    assert changed.rowcount == 1, "the table ledger_account is not there"
    conn.exec_driver_sql(f"PRAGMA schema_version = {int(version) + 1}")
    conn.exec_driver_sql("PRAGMA writable_schema = OFF")


def _create_tables() -> None:
    shape = {"sqlite_strict": True, "sqlite_with_rowid": False}
    op.create_table(
        "account_hold",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("intent", characters(64), nullable=False),
        sa.Column("account_id", characters(32), nullable=False),
        sa.Column("amount_fen", WHOLE, nullable=False),
        sa.Column("held_on", DAY, nullable=False),
        sa.Column("placed_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("state", characters(9), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        *_of_account("account_hold"),
        sa.CheckConstraint(
            "state IN ('held', 'committed', 'released', 'expired')", name=op.f("account_hold_state_known")
        ),
        sa.CheckConstraint(
            "(state = 'held') = (ended_at IS NULL)", name=op.f("account_hold_ended_with_its_state")
        ),
        sa.PrimaryKeyConstraint("bank_id", "intent", name=op.f("account_hold_pkey")),
        **shape,
    )
    is_open = sa.text("state = 'held'")
    op.create_index(
        "account_hold_open",
        "account_hold",
        ["bank_id", "account_id"],
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    key = ["bank_id", "account_id", "scope", "direction", "period", "starts_on"]
    op.create_table(
        "account_counter",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("account_id", characters(32), nullable=False),
        sa.Column("scope", characters(5), nullable=False),
        sa.Column("direction", characters(3), nullable=False),
        sa.Column("period", characters(4), nullable=False),
        sa.Column("starts_on", DAY, nullable=False),
        sa.Column("ends_on", DAY, nullable=False),
        sa.Column("limit_fen", WHOLE, nullable=False),
        sa.Column("used_fen", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(
            ["bank_id", "account_id"],
            ["account.bank_id", "account.account_id"],
            name=op.f("account_counter_bank_id_account_id_fkey"),
        ),
        *_scope_and_direction("account_counter"),
        sa.CheckConstraint("period IN ('day', 'year')", name=op.f("account_counter_period_known")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("account_counter_begins_before_its_end")),
        sa.CheckConstraint(
            "used_fen >= 0 AND used_fen <= limit_fen", name=op.f("account_counter_within_limit")
        ),
        sa.PrimaryKeyConstraint(*key, name=op.f("account_counter_pkey")),
        **shape,
    )
    op.create_table(
        "counted_amount",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("intent", characters(64), nullable=False),
        sa.Column("scope", characters(5), nullable=False),
        sa.Column("account_id", characters(32), nullable=False),
        sa.Column("direction", characters(3), nullable=False),
        sa.Column("day", DAY, nullable=False),
        sa.Column("amount_fen", WHOLE, nullable=False),
        sa.Column("given_back", FLAG, nullable=False),
        *_of_account("counted_amount"),
        *_scope_and_direction("counted_amount"),
        sa.PrimaryKeyConstraint("bank_id", "intent", "scope", name=op.f("counted_amount_pkey")),
        **shape,
    )
    op.create_index("counted_amount_of_account", "counted_amount", ["bank_id", "account_id", "day"])


def _of_account(table: str) -> list[sa.Constraint]:
    """Return the constraints of a table whose rows are an order's amounts."""
    return [
        sa.ForeignKeyConstraint(
            ["bank_id", "account_id"],
            ["account.bank_id", "account.account_id"],
            name=op.f(f"{table}_bank_id_account_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["bank_id", "intent"],
            ["customer_order.bank_id", "customer_order.intent"],
            name=op.f(f"{table}_bank_id_intent_fkey"),
        ),
        sa.CheckConstraint(
            "amount_fen > 0 AND amount_fen <= 999999999999999", name=op.f(f"{table}_amount_in_range")
        ),
    ]


def _scope_and_direction(table: str) -> list[sa.Constraint]:
    return [
        sa.CheckConstraint("scope IN ('class', 'own')", name=op.f(f"{table}_scope_known")),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f(f"{table}_direction_known")),
    ]
