"""Rows of `pre_credit` may be deleted: a step that changes no table, so that the guards are made anew."""

from __future__ import annotations

revision = "0053"
down_revision = "0052"


def upgrade() -> None:
    """Change nothing. Each migration drops the guards before its steps, and makes them from the tables afterwards."""
