"""The tables of h5app: sessions, login attempts, arrivals, launches, progress views, handovers, drafts, sent intents,
display choices, links to documents and job leases. The last ones belong to the partner API.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, MetaData, String, Table, Text, UniqueConstraint

from partner_adapters.kit.durable.columns import WHOLE, Moment
from partner_adapters.kit.durable.idempotency import define_idempotency
from partner_adapters.kit.durable.jobs import define_job_leases
from partner_adapters.kit.pages.security.sessions import define_sessions

metadata = MetaData(
    naming_convention={"pk": "%(table_name)s_pkey", "ix": "%(table_name)s_%(column_0_N_name)s_idx"}
)
job_lease = define_job_leases(metadata)

sessions = define_sessions(
    metadata,
    Column("partner", String(48), nullable=False),
    Column("customer_id", String(64), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("name_masked", String(64), nullable=False),
    Column("id_number_masked", String(32), nullable=False),
    Column("phone_masked", String(32), nullable=False),
    Column("lang", String(2), nullable=False),
    Column("text_size", String(16), nullable=False),
    # The latest signed statement and its holder's secret, sealed; emptied at logout.
    Column("evidence", Text, nullable=False),
    Column("methods", String(64), nullable=False),  # of the latest check, space-separated
    Column("assurance", String(255)),
    Column("checked_at", Moment),  # null: the partner did not say
    Column("check_ends_at", Moment),  # when the statement about it ends; null: it names no end
    Column("check_for", String(32)),  # the only action that the check serves; null: any
    Column("host_session", String(255)),  # the host's name for the login that opened it
    Column(
        "company", String(200)
    ),  # for which the host says that the customer acts; "": unnamed; null: for none
    Column("device", String(16)),  # one of h5app.devices.KINDS; null: begun by an earlier release
    Column("ended_because", String(16)),  # where the customer is told: one of h5app.sessions.EndedBecause
    Column("launch_id", String(32)),  # of the launch that it came from; null: from the tile
    Column("external_reference", String(64)),  # which the partner gave that launch
)

Index("session_subject_idx", sessions.c.subject)
Index("session_customer_id_idx", sessions.c.customer_id)

logins = Table(
    "login_transaction",
    metadata,
    Column("state_hash", String(64), primary_key=True),
    Column("partner", String(48), nullable=False),
    Column("binding_hash", String(64), nullable=False),
    Column("nonce", String(64), nullable=False),
    # Sealed: the secret of the attempt, from which the code verifier, the nonce and the state follow.
    Column("code_verifier", Text, nullable=False),
    Column("fresh", Integer, nullable=False),
    Column("customer_id", String(64)),  # the customer of a face check; null: a login
    Column("return_to", Text, nullable=False),
    Column("lang", String(2)),
    Column("text_size", String(16)),
    Column("started_at", Moment, nullable=False),
    Column("used_at", Moment),
    Column("number_hash", String(64)),  # of the face check that served this attempt
    Column("answer_hash", String(64)),  # of the host's answer that used this attempt
    Column("outcome", Text),  # sealed; null: not known yet, "": collected or too old
    Column("launch_id", String(32)),  # of the launch that began it; null: none
    Index(None, "started_at"),
    Index(None, "binding_hash"),
    Index("login_transaction_number_once", "partner", "number_hash", unique=True),
)

arrivals = Table(
    "arrival",
    metadata,
    Column("arrival_hash", String(64), primary_key=True),
    Column("partner", String(48), nullable=False),
    Column("spent_hash", String(64), nullable=False),  # of the signed statement that the host handed over
    Column("binding_hash", String(64)),  # null: a launch URL that was not opened yet
    Column("login", Text, nullable=False),  # the asserted identity, sealed; emptied by its use
    Column("return_to", Text, nullable=False),
    Column("lang", String(2)),
    Column("text_size", String(16)),
    Column("arrived_at", Moment, nullable=False),
    Column("used_at", Moment),
    Column("outcome", Text),  # as of a login attempt
    Column("agreed_at", Moment),  # when the customer agreed to be handed over
    Column("agreed_to", Text),  # the purpose, version and hash of that text, as JSON
    Column("subject_hash", String(64)),  # of the host's subject
    Column("launch_id", String(32)),  # of the launch that it belongs to; null: none
    UniqueConstraint("partner", "spent_hash", name="arrival_spent_once"),
    Index(None, "binding_hash"),
    Index(None, "arrived_at"),
)

handovers = Table(
    "handover",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("subject_hash", String(64), primary_key=True),  # of the host's subject
    Column("customer_id", String(64), nullable=False),
    Column("withdrawn_at", Moment),  # null: the consent stands
    Index(None, "customer_id"),
)

drafts = Table(
    "draft",
    metadata,
    Column("draft_id", String(64), primary_key=True),
    Column("partner", String(48), nullable=False),
    Column("customer_id", String(64), nullable=False),
    Column("why", String(16), nullable=False),  # see h5app.visit.SavedReason
    Column("content", Text, nullable=False),  # JSON object of texts, sealed
    Column("written_at", Moment, nullable=False),
    Index(None, "written_at"),
)

placed = Table(
    "placed_intent",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("partner", String(48), nullable=False),
    Column("customer_id", String(64), nullable=False),
    Column("session_ref", String(32), nullable=False),
    Column("purpose", String(48), nullable=False),
    Column("placed_at", Moment, nullable=False),
    Column("settled_at", Moment),  # when its outcome was shown to the customer
    Column("sent_at", Moment),  # the latest sending; null: `placed_at`
    Column("unrefused", Integer, nullable=False, server_default="1"),  # sendings that the bank did not refuse
    Index(None, "session_ref", "purpose"),
    Index(None, "placed_at"),
)

# One-time links to documents. What a link leads to is fixed when it is made.
downloads = Table(
    "download",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("partner", String(48), nullable=False),
    Column("customer_id", String(64), nullable=False),
    Column("session_ref", String(32), nullable=False),
    Column("document", String(16), nullable=False),  # one of h5app.documents.DOCUMENTS
    Column("ids", Text, nullable=False),  # JSON list of texts: what names it at the bank
    Column("file_name", String(120), nullable=False),
    Column("issued_at", Moment, nullable=False),
    Column("used_at", Moment),  # by a request without the session's cookie
    Index(None, "issued_at"),
)

display_choices = Table(
    "display_choice",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("customer_id", String(64), primary_key=True),
    Column("lang", String(2), nullable=False),
    Column("text_size", String(16), nullable=False),
)

# Customers who were asked on the home page whether the bank may tell the partner how things stand, and said no.
status_refusals = Table(
    "status_refusal",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("customer_id", String(64), primary_key=True),
    Column("refused_at", Moment, nullable=False),
)

# Launches that partners' servers made through the partner API.
launches = Table(
    "launch",
    metadata,
    Column("launch_id", String(32), primary_key=True),
    Column("partner", String(48), nullable=False),
    Column("secret_hash", String(64), nullable=False),  # of what its address carries
    Column("entry", String(16), nullable=False),  # one of h5app.launches.ENTRIES
    Column("entry_id", String(64)),
    Column("external_reference", String(64)),
    Column("with_person", Integer, nullable=False),  # whether the partner's server handed a person over
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("opened_at", Moment),
    Column("binding_hash", String(64)),  # of the browser that opened it
    Column("signed_in_at", Moment),
    Column("customer_id", String(64)),  # who logged in
    UniqueConstraint("secret_hash", name="launch_secret_once"),
    Index(None, "partner", "external_reference"),
    Index(None, "binding_hash"),
    Index(None, "created_at"),
)

# Addresses that partners' servers made for a frame of theirs, which shows how one request stands.
progress_views = Table(
    "progress_view",
    metadata,
    Column("view_id", String(32), primary_key=True),
    Column("partner", String(48), nullable=False),
    Column("secret_hash", String(64), nullable=False),  # of what its address carries
    # Exactly one of both says which request it is.
    Column("external_reference", String(64)),
    Column("order_reference", String(32)),
    Column("expires_at", Moment, nullable=False),
    UniqueConstraint("secret_hash", name="progress_view_secret_once"),
    Index(None, "expires_at"),
)

partner_keys = Table(
    "partner_key",
    metadata,
    Column("key_id", String(32), primary_key=True),
    Column("partner", String(48), nullable=False),
    Column("mode", String(8), nullable=False),  # sandbox or live
    Column("kind", String(8), nullable=False),  # secret or jwk
    Column("secret_hash", String(64)),
    Column("jwk", Text),  # the public key, as JSON
    Column("scopes", Text, nullable=False),  # space-separated
    Column("label", String(100), nullable=False),
    Column("version", String(10), nullable=False),  # of the API, for requests that name none
    Column("made_from", String(32)),  # the key that rotated itself into this one
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment),
    Column("revoked_at", Moment),
    Column("last_used_at", Moment),  # when it last got a token
    Index(None, "partner"),
)

# Client assertions that got a token, until they have expired.
client_assertions = Table(
    "client_assertion",
    metadata,
    Column("key_id", String(32), primary_key=True),
    Column("jti_hash", String(64), primary_key=True),
    Column("expires_at", Moment, nullable=False),
    Index(None, "expires_at"),
)

partner_requests = Table(
    "partner_request",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("request_id", String(16), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("method", String(8), nullable=False),
    Column("path", String(120), nullable=False),  # the template, without ids
    Column("status", Integer, nullable=False),
    Column("code", String(48)),  # of a refusal
    Column("reason", String(200)),
    Column("key_id", String(32), nullable=False),
    Column("ms", Integer, nullable=False),
    Column("field", String(64)),  # of a refusal, as the answer named it
    Index(None, "partner", "at"),
    Index(None, "at"),
)

# Endpoints of partners' servers that events are posted to.
webhook_endpoints = Table(
    "webhook_endpoint",
    metadata,
    Column("endpoint_id", String(32), primary_key=True),
    Column("partner", String(48), nullable=False),
    Column("mode", String(8), nullable=False),  # sandbox or live
    Column("url", String(500), nullable=False),
    Column("payload", String(8), nullable=False),  # thin or fat
    Column("types", Text),  # of the events that it takes, space-separated; null: every type
    Column("secret", Text, nullable=False),  # sealed
    Column("old_secret", Text),  # sealed; it signs too until `old_secret_ends_at`
    Column("old_secret_ends_at", Moment),
    Column("state", String(8), nullable=False),  # enabled or disabled
    Column("disabled_reason", String(200)),
    Column("created_at", Moment, nullable=False),
    Column("failing_since", Moment),  # of the first failure after the latest success; null: none
    Column("paused_until", Moment),  # its Retry-After
    Column("replay_since", Moment),  # a replay that is still being queued; null: none
    Column("replay_until", Moment),
    Column("replay_position", WHOLE),  # up to which it is queued; null: nothing yet
    Index(None, "partner", "mode"),
)

# How far the bank's feed was read for a partner's endpoints, and the node that does the partner's webhook work.
webhook_feeds = Table(
    "webhook_feed",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("mode", String(8), primary_key=True),
    Column("since", Moment, nullable=False),  # where reading begins
    Column("position", WHOLE),  # up to which it was read; null: not begun
    Column("holder", String(16)),
    Column("leased_until", Moment),
)

# Which event goes to which endpoint. What it says is read from the bank before each attempt.
webhook_deliveries = Table(
    "webhook_delivery",
    metadata,
    Column("delivery_id", String(32), primary_key=True),
    Column("endpoint_id", String(32), nullable=False),
    Column("event_id", String(64), nullable=False),
    Column("position", WHOLE, nullable=False),  # in the bank's feed
    Column("type", String(40), nullable=False),
    Column("object", String(16), nullable=False),
    Column("object_id", String(64), nullable=False),
    Column("is_test", Integer, nullable=False),
    Column("state", String(16), nullable=False),  # pending, delivered, dropped or failed
    Column("attempts", Integer, nullable=False),
    Column("tries", Integer, nullable=False),  # attempts since it was last queued
    Column("tried_since", Moment),  # the first of these
    Column("next_attempt_at", Moment),  # null: none is to come
    Column("delivered_at", Moment),
    Column("last_status", Integer),
    Column("last_reason", String(100)),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("endpoint_id", "event_id", name="webhook_delivery_once"),
    Index(None, "endpoint_id", "object", "object_id", "position"),
    Index(None, "endpoint_id", "created_at"),
    Index(None, "state", "next_attempt_at"),
    Index(None, "created_at"),
)

webhook_attempts = Table(
    "webhook_attempt",
    metadata,
    Column("delivery_id", String(32), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("status", Integer),  # null: no answer
    Column("reason", String(100)),  # null: it succeeded
    Column("ms", Integer, nullable=False),
)

idempotency_keys = define_idempotency(metadata, by_caller=True)
Index(None, idempotency_keys.c.created_at)
