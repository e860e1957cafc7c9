"""By which the same wrong code, sent again, is known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("card_check", sa.Column("wrong_code_mark", sa.String(length=64), nullable=True))
