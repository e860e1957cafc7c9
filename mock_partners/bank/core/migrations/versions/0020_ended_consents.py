"""When a consent ended with the application that it was given for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import Moment

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    # Consents of applications that ended before this step stay as they are: one may also serve a later application.
    op.add_column("consent", sa.Column("ended_at", Moment(), nullable=True))
