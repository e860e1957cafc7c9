"""The most that an account may contain, held by the database, and what comes in, which may be counted again."""

from __future__ import annotations

from alembic import op

from mock_partners.bank.core.migrations import run_sql

revision = "0041"
down_revision = "0040"

CEILING = (
    "CONSTRAINT ledger_account_balance_below_ceiling"
    " CHECK (ceiling_fen IS NULL OR (floor_fen IS NOT NULL AND balance_fen <= ceiling_fen))"
)
# What the rules allowed an account of class III since there are such accounts, or what it contains.
OF_CLASS_THREE = """
UPDATE ledger_account SET ceiling_fen = CASE WHEN balance_fen > 200000 THEN balance_fen ELSE 200000 END
WHERE EXISTS (SELECT 1 FROM account a WHERE a.bank_id = ledger_account.bank_id AND a.account_id = owner_id
              AND a.account_class = 'III')
"""


def upgrade() -> None:
    whole = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(f"ALTER TABLE ledger_account ADD COLUMN ceiling_fen {whole} {CEILING}")
    op.execute(OF_CLASS_THREE)
    run_sql(op.get_bind(), "0041_ceilings")
