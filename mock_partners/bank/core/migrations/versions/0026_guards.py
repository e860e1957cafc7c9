"""Rules that every table shares are held by guards. Only those of one table alone stay written by hand."""

from __future__ import annotations

from alembic import op

from mock_partners.bank.core.migrations import run_sql

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    run_sql(op.get_bind(), "0026_guards")
