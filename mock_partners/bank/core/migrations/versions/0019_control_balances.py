"""Accounts without a floor store no balance any more: it is the sum of their postings.

Nearly every posting touches one of them, so their stored balances made all postings conflict with each other.
"""

from __future__ import annotations

from alembic import op

from mock_partners.bank.core.migrations import run_sql
from partner_adapters.kit.durable.private_files import DatabaseRefused

revision = "0019"
down_revision = "0018"

# Only what the postings say again may be dropped.
_UNLIKE_THEIR_POSTINGS = """
    SELECT a.bank_id, a.code FROM ledger_account a
    LEFT JOIN posting_side m ON m.bank_id = a.bank_id AND m.code = a.code
    WHERE a.floor_fen IS NULL
    GROUP BY a.bank_id, a.code, a.balance_fen
    HAVING a.balance_fen <> COALESCE(SUM(m.change_fen), 0)
"""


def upgrade() -> None:
    conn = op.get_bind()
    if found := conn.exec_driver_sql(_UNLIKE_THEIR_POSTINGS).first():
        raise DatabaseRefused(
            f"The balance of {found.code} at {found.bank_id} is not the sum of its postings. Find out why first."
        )
    run_sql(conn, "0019_control_balances")
