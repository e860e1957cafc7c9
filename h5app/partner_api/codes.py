"""Every code with which the partner API refuses a request: its status, and its title.

`docs/partners/errors.md` has a section for each, which the answer links to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """`reason`: what RFC 6749 calls it, where the token endpoint may answer it."""

    status: int
    title: str
    reason: str | None = None


CODES: Mapping[str, Refusal] = {
    # What arrived is not a request of this API.
    "path.unknown": Refusal(404, "No such path"),
    "method.not_allowed": Refusal(405, "No such method on this path"),
    "request.content_type": Refusal(415, "Wrong content type"),
    "request.malformed": Refusal(400, "The body cannot be read"),
    "request.too_large": Refusal(413, "The body is too large"),
    "request.left": Refusal(400, "The body did not arrive"),
    "field.missing": Refusal(422, "A field is missing"),
    "field.unknown": Refusal(422, "A field is unknown"),
    "field.invalid": Refusal(422, "A field has a wrong value"),
    "field.repeated": Refusal(422, "A field is given twice"),
    "version.unknown": Refusal(400, "No such version"),
    "cursor.invalid": Refusal(400, "The cursor is not one of ours"),
    # Who asks.
    "token.missing": Refusal(401, "An access token is needed"),
    "token.invalid": Refusal(401, "The access token is not one of ours"),
    "token.expired": Refusal(401, "The access token has expired"),
    "key.revoked": Refusal(401, "The key was revoked or has expired", "invalid_client"),
    "key.unknown": Refusal(404, "No such key"),
    "key.other": Refusal(403, "A key can only rotate itself"),
    "key.public_key_needed": Refusal(422, "A live key needs a public key"),
    "scope.missing": Refusal(403, "The key lacks a scope"),
    "client.unknown": Refusal(401, "The client is unknown or its proof is wrong", "invalid_client"),
    "client.secret_not_allowed": Refusal(401, "Secrets serve in the sandbox only", "invalid_client"),
    "client.assertion_invalid": Refusal(401, "The client assertion is not valid", "invalid_client"),
    "client.assertion_expired": Refusal(401, "The client assertion is too old", "invalid_client"),
    "client.assertion_ahead": Refusal(401, "Your clock is ahead of ours", "invalid_client"),
    "client.assertion_too_long": Refusal(401, "The client assertion lives too long", "invalid_client"),
    "client.assertion_replayed": Refusal(401, "The client assertion was used before", "invalid_client"),
    "client.grant": Refusal(400, "Only client_credentials is granted", "unsupported_grant_type"),
    "client.request": Refusal(400, "The request for a token is incomplete", "invalid_request"),
    "client.scope": Refusal(400, "The key does not have this scope", "invalid_scope"),
    "limit.reached": Refusal(429, "Too many requests"),
    # Repetitions.
    "idempotency.missing": Refusal(400, "Idempotency-Key is missing"),
    "idempotency.malformed": Refusal(400, "Idempotency-Key is malformed"),
    "idempotency.reused": Refusal(422, "The Idempotency-Key belongs to another request"),
    # Launches.
    "launch.unknown": Refusal(404, "No such launch"),
    "launch.entry_id": Refusal(422, "This entry takes no entry_id, or needs one"),
    "launch.product_unknown": Refusal(422, "The bank does not offer this product"),
    "launch.not_offered": Refusal(422, "The partner's dialect does not hand over persons this way"),
    "launch.identity_refused": Refusal(422, "The handed-over identity is refused"),
    "launch.identity_replayed": Refusal(409, "The handed-over identity was used before"),
    "launch.identity_keys_away": Refusal(503, "Your keys cannot be fetched"),
    # What the bank tells.
    "status.unknown": Refusal(404, "Nothing to tell under this name"),
    "event.unknown": Refusal(404, "No such event"),
    "request.unknown": Refusal(404, "No such request in the log"),
    "bank.unavailable": Refusal(503, "The bank does not answer"),
    "bank.refused": Refusal(502, "The bank refused an internal call"),
    # Webhooks.
    "webhook.unknown": Refusal(404, "No such endpoint"),
    "webhook.too_many": Refusal(409, "You have ten endpoints"),
    "webhook.url_refused": Refusal(422, "Nothing is posted to this address"),
    "webhook.disabled": Refusal(409, "The endpoint is disabled"),
    "webhook.not_taken": Refusal(409, "No enabled endpoint takes this event"),
    "delivery.unknown": Refusal(404, "No such delivery"),
    # The sandbox.
    "sandbox.only": Refusal(404, "Only in the sandbox"),
    "sandbox.session_unknown": Refusal(404, "No open session of this launch"),
    "sandbox.testers_away": Refusal(503, "The world's core does not answer"),
    "sandbox.refused": Refusal(422, "The world refuses this"),
    # Ours.
    "database.away": Refusal(503, "The database does not answer"),
    "internal": Refusal(500, "An unexpected fault"),
}
