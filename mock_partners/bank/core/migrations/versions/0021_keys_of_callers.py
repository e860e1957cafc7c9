"""Idempotency keys belong to a caller."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import Moment, characters

revision = "0021"
down_revision = "0020"

# Who sent the command of an old row: the partner of what it opened. Other rows keep an empty caller, and their caller
# is known by the fingerprint when it sends the same request again.
CALLER = """
    COALESCE(
      (SELECT o.partner FROM customer_order o WHERE o.bank_id = k.bank_id AND o.intent = k.key),
      (SELECT c.partner FROM card_check c WHERE c.bank_id = k.bank_id AND c.check_id = k.key),
      '')
"""
COLUMNS = "bank_id, key, fingerprint, status, body, created_at"


def upgrade() -> None:
    op.create_table(
        "renamed_intent",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("intent", characters(64), nullable=False),
        sa.Column("key", characters(64), nullable=False),
        sa.PrimaryKeyConstraint("bank_id", "intent", name=op.f("renamed_intent_pkey")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    # Made anew: SQLite cannot change the primary key of a table.
    op.rename_table("idempotency_key", "idempotency_key_without_caller")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER INDEX idempotency_key_pkey RENAME TO idempotency_key_without_caller_pkey")
    op.create_table(
        "idempotency_key",
        sa.Column("bank_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("caller", sa.String(length=208), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("bank_id", "key", "caller", name=op.f("idempotency_key_pkey")),
    )
    op.execute(
        f"INSERT INTO idempotency_key ({COLUMNS}, caller)"  # noqa: S608 (names of our own)
        f" SELECT {COLUMNS}, {CALLER} FROM idempotency_key_without_caller k"
    )
    op.drop_table("idempotency_key_without_caller")
