"""What was delivered to an endpoint and what was not, once more on request, and test events."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import Connection, insert

from h5app.partner_api import cursors
from h5app.partner_api.core_reads import EventType
from h5app.partner_api.endpoint import Call, Endpoint
from h5app.partner_api.endpoints.webhooks import WebhookEndpoint, find_of, shown
from h5app.partner_api.problems import refusal
from h5app.partner_api.webhooks import deliveries, receivers
from h5app.partner_api.webhooks.deliveries import Attempt, State
from h5app.partner_api.webhooks.receivers import Receiver
from h5app.partner_api.webhooks.work import queue_of
from h5app.partner_api.wire import Command, Moment, Page, Wire
from h5app.tables import webhook_deliveries
from partner_adapters.kit.durable.idempotency import Answer

KIND = "deliveries"
# What a test event says where the request names no type.
USUAL_TYPE: EventType = "order.succeeded"


class DeliveryAttempt(Wire):
    """One request to your server. `status`: null if it gave no answer. `reason`: why it failed."""

    at: Moment
    status: int | None
    reason: str | None
    ms: int


class Delivery(Wire):
    """One event for one endpoint. `dropped`: its customer's consent ended before it was delivered."""

    id: str
    event_id: str
    type: EventType
    state: State
    attempts: int
    next_attempt_at: Moment | None
    delivered_at: Moment | None
    last_status: int | None
    last_reason: str | None
    created_at: Moment
    log: list[DeliveryAttempt]
    """Every attempt, oldest first."""


class DeliveryList(Wire):
    """Newest first."""

    items: list[Delivery]
    next: str | None


class Replay(Command):
    """Deliver everything since then once more."""

    since: datetime
    """A moment with its zone, such as `2026-12-01T08:00:00Z`."""


class TriggerEvent(Command):
    """A test event of this type."""

    type: EventType


async def list_deliveries(call: Call) -> DeliveryList:
    """Return a page of an endpoint's deliveries."""
    asked, signing = call.asked(Page), call.api.signing
    kind, before = f"{KIND}.{call.ids['webhook_id']}", None
    if asked.after is not None:
        at, delivery_id = cursors.read(signing, kind, call.partner, asked.after)
        before = (datetime.fromisoformat(at), str(delivery_id))

    def read(conn: Connection) -> tuple[list[Delivery], str | None]:
        found = deliveries.page(conn, find_of(conn, call).endpoint_id, before, asked.limit + 1)
        page = found[: asked.limit]
        attempts = deliveries.attempts_of(conn, [one.delivery_id for one in page])
        following = None
        if len(found) > asked.limit:
            key = (page[-1].created_at.isoformat(), page[-1].delivery_id)
            following = cursors.write(signing, kind, call.partner, *key)
        return [_shown(one, attempts[one.delivery_id]) for one in page], following

    items, following = await call.api.store.read(read)
    return DeliveryList(items=items, next=following)


async def replay(call: Call) -> Answer:
    """Queue every event since a moment for an endpoint once more."""
    since, now = call.sent(Replay).since, call.api.clock.wall()
    if since.tzinfo is None:
        raise refusal("field.invalid", "name the zone, such as Z", "since")

    def effect(conn: Connection) -> WebhookEndpoint:
        receiver = _find_enabled(conn, call)
        # A replay that is still being queued goes on from the earlier moment.
        begins = min(since, receiver.replay_since or since)
        values = {"replay_since": begins, "replay_until": now, "replay_position": None}
        receivers.change(conn, receiver.endpoint_id, **values)
        return shown(receiver)

    return await call.write_once(effect, queue_of(call.partner))


async def replay_one(call: Call) -> Answer:
    """Queue one event for an endpoint once more."""
    now = call.api.clock.wall()

    def effect(conn: Connection) -> Delivery:
        receiver = _find_enabled(conn, call)
        delivery_id = call.ids["delivery_id"]
        if deliveries.find(conn, receiver.endpoint_id, delivery_id) is None:
            raise refusal("delivery.unknown", "deliveries are kept for 30 days")
        deliveries.again(conn, webhook_deliveries.c.delivery_id == delivery_id, now=now)
        return _read(conn, receiver.endpoint_id, delivery_id)

    return await call.write_once(effect, queue_of(call.partner))


async def test(call: Call) -> Answer:
    """Queue a test event for one endpoint, also of a type that it does not take."""
    now = call.api.clock.wall()

    def effect(conn: Connection) -> Delivery:
        receiver = _find_enabled(conn, call)
        takes = receiver.types
        event_type = USUAL_TYPE if takes is None or USUAL_TYPE in takes else min(takes)
        return _read(conn, receiver.endpoint_id, _queue_test(conn, [receiver], event_type, now))

    return await call.write_once(effect, queue_of(call.partner))


async def trigger(call: Call) -> None:
    """Queue a test event for every endpoint that takes it."""
    wanted, mode, now = (
        call.sent(TriggerEvent).type,
        call.api.settings.partner_api_mode,
        call.api.clock.wall(),
    )

    def write(conn: Connection) -> None:
        own = receivers.list_of(conn, call.partner, mode)
        taking = [one for one in own if one.state == "enabled" and one.takes(wanted)]
        if not taking:
            raise refusal("webhook.not_taken", "add an endpoint first, or enable one")
        _queue_test(conn, taking, wanted, now)

    await call.api.store.write(write, queue=queue_of(call.partner))


def _queue_test(conn: Connection, to: list[Receiver], event_type: str, now: datetime) -> str:
    """Queue one test event, and return the id of its last delivery."""
    mark = secrets.token_hex(12)
    object_ = event_type.partition(".")[0]
    rows = [
        deliveries.new_row(
            one.endpoint_id, f"evt_test_{mark}", event_type, object_, f"test-{mark[:12]}", now, is_test=True
        )
        for one in to
    ]
    conn.execute(insert(webhook_deliveries), rows)
    delivery_id: str = rows[-1]["delivery_id"]
    return delivery_id


def _find_enabled(conn: Connection, call: Call) -> Receiver:
    receiver = find_of(conn, call)
    if receiver.state != "enabled":
        raise refusal("webhook.disabled", "enable it first")
    return receiver


def _read(conn: Connection, endpoint_id: str, delivery_id: str) -> Delivery:
    found = deliveries.find(conn, endpoint_id, delivery_id)
    assert found is not None
    return _shown(found, deliveries.attempts_of(conn, [delivery_id])[delivery_id])


def _shown(delivery: deliveries.Delivery, attempts: list[Attempt]) -> Delivery:
    return Delivery.model_validate(
        {
            "id": delivery.delivery_id,
            "event_id": delivery.event_id,
            "type": delivery.type,
            "state": delivery.state,
            "attempts": delivery.attempts,
            "next_attempt_at": delivery.next_attempt_at,
            "delivered_at": delivery.delivered_at,
            "last_status": delivery.last_status,
            "last_reason": delivery.last_reason,
            "created_at": delivery.created_at,
            "log": [
                DeliveryAttempt(at=one.at, status=one.status, reason=one.reason, ms=one.ms)
                for one in attempts
            ],
        }
    )


ENDPOINTS = [
    Endpoint(
        "POST",
        "/webhooks/{webhook_id}/test",
        "webhooks_test",
        "Post a test event to an endpoint. Nothing has happened.",
        Delivery,
        test,
        scope="webhooks:write",
        status=201,
        once=True,
        unknown="webhook.unknown",
    ),
    Endpoint(
        "GET",
        "/webhooks/{webhook_id}/deliveries",
        "webhooks_deliveries",
        "List what was delivered to an endpoint in the last 30 days, and what was not.",
        DeliveryList,
        list_deliveries,
        scope="webhooks:read",
        query=Page,
        unknown="webhook.unknown",
    ),
    Endpoint(
        "POST",
        "/webhooks/{webhook_id}/replay",
        "webhooks_replay",
        "Deliver every event since a moment once more.",
        WebhookEndpoint,
        replay,
        scope="webhooks:write",
        body=Replay,
        status=202,
        once=True,
        unknown="webhook.unknown",
    ),
    Endpoint(
        "POST",
        "/webhooks/{webhook_id}/deliveries/{delivery_id}/replay",
        "webhooks_replay_delivery",
        "Deliver one event once more.",
        Delivery,
        replay_one,
        scope="webhooks:write",
        status=202,
        once=True,
        unknown="delivery.unknown",
    ),
    Endpoint(
        "POST",
        "/sandbox/events",
        "sandbox_events_trigger",
        "Post a test event to each of your endpoints that takes it.",
        None,
        trigger,
        scope="sandbox",
        sandbox=True,
        body=TriggerEvent,
        status=204,
    ),
]
