"""What other sources than the bank's list said before an application."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import DOCUMENT

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    op.add_column("pre_credit", sa.Column("more_answers", DOCUMENT))
