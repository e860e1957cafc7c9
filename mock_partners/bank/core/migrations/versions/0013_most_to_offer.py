"""The most that an application asks to be offered: what its app lets the customer sign for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import WHOLE

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("application", sa.Column("at_most_fen", WHOLE, nullable=True))
