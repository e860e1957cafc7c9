"""A keyed hash of the last wrong code, so that the same code sent again counts as one attempt."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("card_check", sa.Column("wrong_code_mark", sa.String(length=64), nullable=True))
