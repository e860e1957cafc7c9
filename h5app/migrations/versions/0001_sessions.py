"""Sessions, logins under way, drafts, placed intents, display choices, job leases."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, String, Text

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "job_lease",
        Column("name", String(48), primary_key=True),
        Column("leased_until", BigInteger, nullable=False),
        Column("fence", Integer, nullable=False),
    )
    op.create_table(
        "session",
        Column("id_hash", String(64), primary_key=True),
        Column("ref", String(32), nullable=False),
        Column("partner", String(48), nullable=False),
        Column("customer_id", String(64), nullable=False),
        Column("subject", String(255), nullable=False),
        Column("name_masked", String(64), nullable=False),
        Column("id_number_masked", String(32), nullable=False),
        Column("phone_masked", String(32), nullable=False),
        Column("lang", String(2), nullable=False),
        Column("text_size", String(16), nullable=False),
        Column("evidence", Text, nullable=False),
        Column("checked_at", BigInteger, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("last_seen_at", BigInteger, nullable=False),
        Column("ended_at", BigInteger),
    )
    op.create_index("session_created_at_idx", "session", ["created_at"])
    op.create_index("session_ref_idx", "session", ["ref"])
    op.create_table(
        "login_transaction",
        Column("state_hash", String(64), primary_key=True),
        Column("partner", String(48), nullable=False),
        Column("binding_hash", String(64), nullable=False),
        Column("nonce", String(64), nullable=False),
        Column("code_verifier", Text, nullable=False),
        Column("fresh", Integer, nullable=False),
        Column("customer_id", String(64)),
        Column("return_to", Text, nullable=False),
        Column("lang", String(2)),
        Column("text_size", String(16)),
        Column("started_at", BigInteger, nullable=False),
        Column("used_at", BigInteger),
    )
    op.create_index("login_transaction_started_at_idx", "login_transaction", ["started_at"])
    op.create_table(
        "draft",
        Column("draft_id", String(64), primary_key=True),
        Column("partner", String(48), nullable=False),
        Column("customer_id", String(64), nullable=False),
        Column("why", String(16), nullable=False),
        Column("content", Text, nullable=False),
        Column("written_at", BigInteger, nullable=False),
    )
    op.create_index("draft_written_at_idx", "draft", ["written_at"])
    op.create_table(
        "placed_intent",
        Column("key", String(64), primary_key=True),
        Column("partner", String(48), nullable=False),
        Column("customer_id", String(64), nullable=False),
        Column("session_ref", String(32), nullable=False),
        Column("purpose", String(48), nullable=False),
        Column("placed_at", BigInteger, nullable=False),
    )
    op.create_index("placed_intent_session_ref_purpose_idx", "placed_intent", ["session_ref", "purpose"])
    op.create_index("placed_intent_placed_at_idx", "placed_intent", ["placed_at"])
    op.create_table(
        "display_choice",
        Column("partner", String(48), primary_key=True),
        Column("customer_id", String(64), primary_key=True),
        Column("lang", String(2), nullable=False),
        Column("text_size", String(16), nullable=False),
    )
