"""The operator who answered a case, and the language in which a guest is answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import characters

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("service_case", sa.Column("answered_by", characters(200), nullable=True))
    op.add_column("service_case", sa.Column("contact_lang", characters(2), nullable=True))
