"""Papers of applications, and files on their way of every kind in one pair of tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import BYTES, DOCUMENT, Moment, characters

revision = "0048"
down_revision = "0047"

SHAPE = {"sqlite_strict": True, "sqlite_with_rowid": False}


def upgrade() -> None:
    # Photographs that were on their way are sent again: a client is told to begin at the start.
    op.drop_table("image_piece")
    op.drop_table("image_upload")
    op.create_table(
        "upload",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("upload_id", characters(32), nullable=False),
        sa.Column("customer_id", characters(32), nullable=False),
        sa.Column("slot", characters(80), nullable=False),
        sa.Column("total_bytes", sa.Integer(), nullable=False),
        sa.Column("begun_at", Moment(), nullable=False),
        _reference("upload", "customer"),
        sa.PrimaryKeyConstraint("bank_id", "upload_id", name=op.f("upload_pkey")),
        sa.UniqueConstraint(
            "bank_id", "customer_id", "slot", name=op.f("upload_bank_id_customer_id_slot_key")
        ),
        **SHAPE,
    )
    _create_parts("upload_piece", "upload_id")
    _create_papers()


def _create_papers() -> None:
    op.create_table(
        "paper",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("paper_id", characters(32), nullable=False),
        sa.Column("application_id", characters(32), nullable=False),
        sa.Column("customer_id", characters(32), nullable=False),
        sa.Column("code", characters(32), nullable=False),
        sa.Column("page_bytes", DOCUMENT, nullable=False),
        sa.Column("content_bytes", sa.Integer(), nullable=False),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column("sha256", characters(64), nullable=False),
        sa.Column("key_id", characters(8), nullable=False),
        sa.Column("stored_at", Moment(), nullable=False),
        sa.CheckConstraint("content_bytes > 0 AND chunks > 0", name=op.f("paper_is_whole")),
        _reference("paper", "application"),
        _reference("paper", "customer"),
        sa.PrimaryKeyConstraint("bank_id", "paper_id", name=op.f("paper_pkey")),
        **SHAPE,
    )
    op.create_index("paper_of_application", "paper", ["bank_id", "application_id", "stored_at"], unique=False)
    _create_parts("paper_chunk", "paper_id")


def _create_parts(name: str, of: str) -> None:
    op.create_table(
        name,
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column(of, characters(32), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content_bytes", sa.Integer(), nullable=False),
        sa.Column("sealed", BYTES, nullable=False),
        sa.PrimaryKeyConstraint("bank_id", of, "number", name=op.f(f"{name}_pkey")),
        **SHAPE,
    )


def _reference(table: str, to: str) -> sa.ForeignKeyConstraint:
    column = f"{to}_id"
    return sa.ForeignKeyConstraint(
        ["bank_id", column], [f"{to}.bank_id", f"{to}.{column}"], name=op.f(f"{table}_bank_id_{column}_fkey")
    )
