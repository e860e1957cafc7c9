"""The message of an event: its body, thin or fat, and its signature after Standard Webhooks 1.0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from standardwebhooks import Webhook

from h5app.partner_api.core_reads import EventType, Status, StatusObject
from h5app.partner_api.wire import Moment, Wire
from partner_adapters.kit.values.clock import epoch

USER_AGENT = "Sunbridge-Webhooks"
# The states in which test events show an object, where the event's word is none.
_STATES = {
    "opened": "open",
    "lifted": "open",
    "unfrozen": "open",
    "created": "processing",
    "drawn": "active",
    "current": "active",
}


class WebhookEvent(Wire):
    """The body of a webhook. Its `id` is the header `webhook-id`, also where it is sent again."""

    id: str
    type: EventType
    timestamp: Moment
    """When it happened. When it was sent is said by the header `webhook-timestamp`."""
    object: StatusObject
    object_id: str
    sequence: int
    """1, 2, 3 … for each object, without gaps. A smaller one than you have seen is old news."""
    test: bool
    """Whether you asked for it as a test, and nothing has happened."""
    data: Status | None = None
    """The state after the event. Only in fat payloads."""


@dataclass(frozen=True)
class Message:
    """One request to a receiver, without its address."""

    headers: dict[str, str]
    content: bytes


def body_of(event_id: str, occurred_at: datetime, event_type: EventType, status: Status) -> WebhookEvent:
    """Return the fat body of an event."""
    return WebhookEvent(
        id=event_id,
        type=event_type,
        timestamp=occurred_at,
        object=status.object,
        object_id=status.id,
        sequence=status.sequence,
        test=False,
        data=status,
    )


def test_body(event_id: str, event_type: EventType, object_id: str, at: datetime) -> WebhookEvent:
    """Return the fat body of an event that did not happen."""
    object_, _, word = event_type.partition(".")
    said = {"object": object_, "id": object_id, "state": _STATES.get(word, word), "sequence": 1}
    status = Status.model_validate({**said, "changed_at": at})
    return body_of(event_id, at, event_type, status).model_copy(update={"test": True})


def message_of(body: WebhookEvent, *, is_fat: bool, secrets: Sequence[str], now: datetime) -> Message:
    """Return the signed message. `secrets`: each signs, so that a partner can change its own at leisure."""
    text = body.model_dump_json(exclude=None if is_fat else {"data"})
    # The library takes any zone for UTC.
    sent_at = now.astimezone(UTC)
    signatures = [Webhook(secret).sign(body.id, sent_at, text) for secret in secrets]
    headers = {
        "webhook-id": body.id,
        "webhook-timestamp": str(epoch(sent_at)),
        "webhook-signature": " ".join(signatures),
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
    }
    return Message(headers, text.encode())
