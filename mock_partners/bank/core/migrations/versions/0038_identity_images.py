"""Photographs of identity cards, risk grades, and the particulars that a new customer's identity number states."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from partner_adapters.kit.durable.columns import BYTES, DAY, DOCUMENT, Moment, characters

revision = "0038"
down_revision = "0037"

SHAPE = {"sqlite_strict": True, "sqlite_with_rowid": False}
SIDE_KNOWN = "side IN ('front', 'back')"


def upgrade() -> None:
    for name, length in (("gender", 8), ("nationality", 2), ("document_type", 16)):
        op.add_column("particulars", sa.Column(name, characters(length), nullable=True))
    _create_uploads()
    _create_images()
    _create_grades()


def _create_uploads() -> None:
    op.create_table(
        "image_upload",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("image_id", characters(32), nullable=False),
        sa.Column("customer_id", characters(32), nullable=False),
        sa.Column("side", characters(5), nullable=False),
        sa.Column("total_bytes", sa.Integer(), nullable=False),
        sa.Column("begun_at", Moment(), nullable=False),
        sa.CheckConstraint(SIDE_KNOWN, name=op.f("image_upload_side_known")),
        _reference("image_upload", "customer", "customer_id"),
        sa.PrimaryKeyConstraint("bank_id", "image_id", name=op.f("image_upload_pkey")),
        sa.UniqueConstraint(
            "bank_id", "customer_id", "side", name=op.f("image_upload_bank_id_customer_id_side_key")
        ),
        **SHAPE,
    )
    _create_parts("image_piece")


def _create_images() -> None:
    op.create_table(
        "identity_image",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("image_id", characters(32), nullable=False),
        sa.Column("customer_id", characters(32), nullable=False),
        sa.Column("side", characters(5), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("jpeg_bytes", sa.Integer(), nullable=False),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column("sha256", characters(64), nullable=False),
        sa.Column("key_id", characters(8), nullable=False),
        sa.Column("stored_at", Moment(), nullable=False),
        sa.Column("intent", characters(64), nullable=True),
        sa.Column("keep_until", DAY, nullable=True),
        sa.CheckConstraint(SIDE_KNOWN, name=op.f("identity_image_side_known")),
        _reference("identity_image", "customer", "customer_id"),
        _reference("identity_image", "customer_order", "intent"),
        sa.PrimaryKeyConstraint("bank_id", "image_id", name=op.f("identity_image_pkey")),
        sa.UniqueConstraint("bank_id", "intent", "side", name=op.f("identity_image_bank_id_intent_side_key")),
        **SHAPE,
    )
    op.create_index(
        "identity_image_of_customer", "identity_image", ["bank_id", "customer_id", "side"], unique=False
    )
    _create_parts("image_chunk")


def _create_parts(name: str) -> None:
    op.create_table(
        name,
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("image_id", characters(32), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content_bytes", sa.Integer(), nullable=False),
        sa.Column("sealed", BYTES, nullable=False),
        sa.PrimaryKeyConstraint("bank_id", "image_id", "number", name=op.f(f"{name}_pkey")),
        **SHAPE,
    )


def _create_grades() -> None:
    op.create_table(
        "risk_grade",
        sa.Column("bank_id", characters(32), nullable=False),
        sa.Column("grade_id", characters(32), nullable=False),
        sa.Column("customer_id", characters(32), nullable=False),
        sa.Column("intent", characters(64), nullable=False),
        sa.Column("grade", characters(8), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("reasons", DOCUMENT, nullable=False),
        sa.Column("facts", DOCUMENT, nullable=False),
        sa.Column("rules_version", characters(16), nullable=False),
        sa.Column("rules_sha256", characters(64), nullable=False),
        sa.Column("graded_at", Moment(), nullable=False),
        sa.Column("graded_on", DAY, nullable=False),
        sa.Column("next_review_on", DAY, nullable=False),
        sa.CheckConstraint("grade IN ('low', 'medium', 'high')", name=op.f("risk_grade_grade_known")),
        _reference("risk_grade", "customer", "customer_id"),
        _reference("risk_grade", "customer_order", "intent"),
        sa.PrimaryKeyConstraint("bank_id", "grade_id", name=op.f("risk_grade_pkey")),
        sa.UniqueConstraint("bank_id", "intent", name=op.f("risk_grade_bank_id_intent_key")),
        **SHAPE,
    )
    op.create_index(
        "risk_grade_of_customer", "risk_grade", ["bank_id", "customer_id", "graded_at"], unique=False
    )


def _reference(table: str, to: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["bank_id", column], [f"{to}.bank_id", f"{to}.{column}"], name=op.f(f"{table}_bank_id_{column}_fkey")
    )
