"""Webhooks: endpoints of partners, how far the feed was read for them, deliveries and attempts."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Integer, String, Text, UniqueConstraint

from partner_adapters.kit.durable.columns import WHOLE, Moment

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "webhook_endpoint",
        Column("endpoint_id", String(32), primary_key=True),
        Column("partner", String(48), nullable=False),
        Column("mode", String(8), nullable=False),
        Column("url", String(500), nullable=False),
        Column("payload", String(8), nullable=False),
        Column("types", Text),
        Column("secret", Text, nullable=False),
        Column("old_secret", Text),
        Column("old_secret_ends_at", Moment),
        Column("state", String(8), nullable=False),
        Column("disabled_reason", String(200)),
        Column("created_at", Moment, nullable=False),
        Column("failing_since", Moment),
        Column("paused_until", Moment),
        Column("replay_since", Moment),
        Column("replay_until", Moment),
        Column("replay_position", WHOLE),
    )
    op.create_index("webhook_endpoint_partner_mode_idx", "webhook_endpoint", ["partner", "mode"])
    op.create_table(
        "webhook_feed",
        Column("partner", String(48), primary_key=True),
        Column("mode", String(8), primary_key=True),
        Column("since", Moment, nullable=False),
        Column("position", WHOLE),
        Column("holder", String(16)),
        Column("leased_until", Moment),
    )
    op.create_table(
        "webhook_delivery",
        Column("delivery_id", String(32), primary_key=True),
        Column("endpoint_id", String(32), nullable=False),
        Column("event_id", String(64), nullable=False),
        Column("position", WHOLE, nullable=False),
        Column("type", String(40), nullable=False),
        Column("object", String(16), nullable=False),
        Column("object_id", String(64), nullable=False),
        Column("is_test", Integer, nullable=False),
        Column("state", String(16), nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("tries", Integer, nullable=False),
        Column("tried_since", Moment),
        Column("next_attempt_at", Moment),
        Column("delivered_at", Moment),
        Column("last_status", Integer),
        Column("last_reason", String(100)),
        Column("created_at", Moment, nullable=False),
        UniqueConstraint("endpoint_id", "event_id", name="webhook_delivery_once"),
    )
    op.create_index(
        "webhook_delivery_endpoint_id_object_object_id_position_idx",
        "webhook_delivery",
        ["endpoint_id", "object", "object_id", "position"],
    )
    op.create_index(
        "webhook_delivery_endpoint_id_created_at_idx", "webhook_delivery", ["endpoint_id", "created_at"]
    )
    op.create_index(
        "webhook_delivery_state_next_attempt_at_idx", "webhook_delivery", ["state", "next_attempt_at"]
    )
    op.create_index("webhook_delivery_created_at_idx", "webhook_delivery", ["created_at"])
    op.create_table(
        "webhook_attempt",
        Column("delivery_id", String(32), primary_key=True),
        Column("number", Integer, primary_key=True),
        Column("at", Moment, nullable=False),
        Column("status", Integer),
        Column("reason", String(100)),
        Column("ms", Integer, nullable=False),
    )
