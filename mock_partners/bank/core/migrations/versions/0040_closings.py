"""What holds of an account that is closed: it is closed once and empty, and takes nothing in any more."""

from __future__ import annotations

from alembic import op

from mock_partners.bank.core.migrations import run_sql

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    run_sql(op.get_bind(), "0040_closings")
