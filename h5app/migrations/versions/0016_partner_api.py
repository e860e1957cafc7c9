"""The partner API: launches, keys, client assertions, its request log and idempotency keys."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Integer, String, Text, UniqueConstraint

from partner_adapters.kit.durable.columns import DOCUMENT, Moment, characters

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("session", Column("launch_id", String(32)))
    op.add_column("session", Column("external_reference", String(64)))
    op.add_column("login_transaction", Column("launch_id", String(32)))
    op.add_column("arrival", Column("launch_id", String(32)))
    op.create_table(
        "launch",
        Column("launch_id", String(32), primary_key=True),
        Column("partner", String(48), nullable=False),
        Column("secret_hash", String(64), nullable=False),
        Column("entry", String(16), nullable=False),
        Column("entry_id", String(64)),
        Column("external_reference", String(64)),
        Column("with_person", Integer, nullable=False),
        Column("created_at", Moment, nullable=False),
        Column("expires_at", Moment, nullable=False),
        Column("opened_at", Moment),
        Column("binding_hash", String(64)),
        Column("signed_in_at", Moment),
        Column("customer_id", String(64)),
        UniqueConstraint("secret_hash", name="launch_secret_once"),
    )
    op.create_index("launch_partner_external_reference_idx", "launch", ["partner", "external_reference"])
    op.create_index("launch_binding_hash_idx", "launch", ["binding_hash"])
    op.create_index("launch_created_at_idx", "launch", ["created_at"])
    op.create_table(
        "partner_key",
        Column("key_id", String(32), primary_key=True),
        Column("partner", String(48), nullable=False),
        Column("mode", String(8), nullable=False),
        Column("kind", String(8), nullable=False),
        Column("secret_hash", String(64)),
        Column("jwk", Text),
        Column("scopes", Text, nullable=False),
        Column("label", String(100), nullable=False),
        Column("version", String(10), nullable=False),
        Column("made_from", String(32)),
        Column("created_at", Moment, nullable=False),
        Column("expires_at", Moment),
        Column("revoked_at", Moment),
        Column("last_used_at", Moment),
    )
    op.create_index("partner_key_partner_idx", "partner_key", ["partner"])
    op.create_table(
        "client_assertion",
        Column("key_id", String(32), primary_key=True),
        Column("jti_hash", String(64), primary_key=True),
        Column("expires_at", Moment, nullable=False),
    )
    op.create_index("client_assertion_expires_at_idx", "client_assertion", ["expires_at"])
    op.create_table(
        "partner_request",
        Column("partner", String(48), primary_key=True),
        Column("request_id", String(16), primary_key=True),
        Column("at", Moment, nullable=False),
        Column("method", String(8), nullable=False),
        Column("path", String(120), nullable=False),
        Column("status", Integer, nullable=False),
        Column("code", String(48)),
        Column("reason", String(200)),
        Column("key_id", String(32), nullable=False),
        Column("ms", Integer, nullable=False),
    )
    op.create_index("partner_request_partner_at_idx", "partner_request", ["partner", "at"])
    op.create_index("partner_request_at_idx", "partner_request", ["at"])
    op.create_table(
        "idempotency_key",
        Column("bank_id", characters(32), primary_key=True),
        Column("key", characters(64), primary_key=True),
        Column("caller", characters(208), primary_key=True),
        Column("fingerprint", characters(64), nullable=False),
        Column("status", Integer, nullable=False),
        Column("body", DOCUMENT, nullable=False),
        Column("created_at", Moment, nullable=False),
    )
    op.create_index("idempotency_key_created_at_idx", "idempotency_key", ["created_at"])
