"""`/webhooks`: the endpoints of the partner's server to which events are posted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from pydantic import Field
from sqlalchemy import Connection

from h5app.partner_api import cursors
from h5app.partner_api.core_reads import EVENT_TYPES, EventType
from h5app.partner_api.endpoint import Call, Endpoint
from h5app.partner_api.problems import refusal
from h5app.partner_api.webhooks import receivers
from h5app.partner_api.webhooks.receivers import Payload, Receiver, State
from h5app.partner_api.webhooks.work import queue_of
from h5app.partner_api.wire import Command, Moment, Page, Wire
from partner_adapters.kit.durable.idempotency import Answer
from partner_adapters.kit.web.calls.guarded_client import MOST_URL_CHARACTERS, find_fault

KIND = "webhooks"
T = TypeVar("T")


class WebhookEndpoint(Wire):
    """An endpoint of your server. `types`: the events that it takes, null for all."""

    id: str
    url: str
    payload: Payload
    types: list[EventType] | None
    state: State
    disabled_reason: str | None
    created_at: Moment


class NewWebhookEndpoint(WebhookEndpoint):
    """The endpoint with its secret, which is shown here and never again."""

    secret: str


class WebhookEndpointList(Wire):
    """Oldest first."""

    items: list[WebhookEndpoint]
    next: str | None


class AddWebhook(Command):
    """An endpoint to add. It is told of what happens from now on."""

    url: str = Field(min_length=1, max_length=MOST_URL_CHARACTERS)
    """An https address of the public internet. In the sandbox also this machine, and http."""
    payload: Payload = "fat"
    """fat: with the state after the event. thin: with ids only."""
    types: list[EventType] | None = Field(default=None, min_length=1, max_length=len(EVENT_TYPES))
    """Only these events. null: every one, also of types that are added later."""


async def add(call: Call) -> Answer:
    """Add an endpoint."""
    wanted, api, now = call.sent(AddWebhook), call.api, call.api.clock.wall()
    mode = api.settings.partner_api_mode
    if fault := find_fault(wanted.url, sandbox=mode == "sandbox"):
        raise refusal("webhook.url_refused", fault, "url")
    types = None if wanted.types is None else [one for one in EVENT_TYPES if one in wanted.types]
    # The answer may be stored for an earlier request. Both are then never written.
    endpoint_id, secret = receivers.new_id(), receivers.new_secret()
    sealed = api.h5app.signing.seal(secret)

    def effect(conn: Connection) -> NewWebhookEndpoint:
        if len(receivers.list_of(conn, call.partner, mode)) >= receivers.MOST_OF_PARTNER:
            raise refusal("webhook.too_many", "delete one first")
        receivers.add(conn, call.partner, mode, endpoint_id, wanted.url, wanted.payload, types, sealed, now)
        return _with_secret(_find(conn, call, endpoint_id), secret)

    return await call.write_once(effect, queue_of(call.partner))


async def list_webhooks(call: Call) -> WebhookEndpointList:
    """Return the partner's endpoints."""
    asked, signing, mode = call.asked(Page), call.api.signing, call.api.settings.partner_api_mode
    own = await call.api.store.read(lambda conn: receivers.list_of(conn, call.partner, mode))
    if asked.after is not None:
        at, endpoint_id = cursors.read(signing, KIND, call.partner, asked.after)
        last = (datetime.fromisoformat(at), endpoint_id)
        own = [one for one in own if (one.created_at, one.endpoint_id) > last]
    page: Sequence[Receiver] = own[: asked.limit]
    following = None
    if len(own) > asked.limit:
        key = (page[-1].created_at.isoformat(), page[-1].endpoint_id)
        following = cursors.write(signing, KIND, call.partner, *key)
    return WebhookEndpointList(items=[shown(one) for one in page], next=following)


async def show(call: Call) -> WebhookEndpoint:
    """Return one endpoint."""
    return shown(await call.api.store.read(lambda conn: find_of(conn, call)))


async def remove(call: Call) -> None:
    """Delete an endpoint."""
    now = call.api.clock.wall()
    await _write(call, lambda conn: receivers.remove(conn, find_of(conn, call), now))


async def rotate(call: Call) -> Answer:
    """Give an endpoint another secret."""
    api, now = call.api, call.api.clock.wall()
    secret = receivers.new_secret()
    sealed = api.h5app.signing.seal(secret)

    def effect(conn: Connection) -> NewWebhookEndpoint:
        receiver = find_of(conn, call)
        values = {
            "secret": sealed,
            "old_secret": receiver.secret,
            "old_secret_ends_at": now + receivers.OVERLAP,
        }
        receivers.change(conn, receiver.endpoint_id, **values)
        return _with_secret(receiver, secret)

    return await call.write_once(effect, queue_of(call.partner))


async def enable(call: Call) -> WebhookEndpoint:
    """Enable an endpoint again. One that is enabled stays so."""
    now = call.api.clock.wall()

    def write(conn: Connection) -> WebhookEndpoint:
        receiver = find_of(conn, call)
        if receiver.state == "disabled":
            receivers.enable(conn, receiver, now)
        return shown(find_of(conn, call))

    return await _write(call, write)


def find_of(conn: Connection, call: Call) -> Receiver:
    """Return the endpoint that the path names. Problem 404 `webhook.unknown`."""
    return _find(conn, call, call.ids["webhook_id"])


def _find(conn: Connection, call: Call, endpoint_id: str) -> Receiver:
    found = receivers.find(conn, endpoint_id, call.partner, call.api.settings.partner_api_mode)
    if found is None:
        raise refusal("webhook.unknown")
    return found


def shown(receiver: Receiver) -> WebhookEndpoint:
    """Return the endpoint as the partner sees it."""
    types = receiver.types
    return WebhookEndpoint(
        id=receiver.endpoint_id,
        url=receiver.url,
        payload=receiver.payload,
        types=None if types is None else [one for one in EVENT_TYPES if one in types],
        state=receiver.state,
        disabled_reason=receiver.disabled_reason,
        created_at=receiver.created_at,
    )


def _with_secret(receiver: Receiver, secret: str) -> NewWebhookEndpoint:
    return NewWebhookEndpoint(**shown(receiver).model_dump(), secret=secret)


async def _write(call: Call, command: Callable[[Connection], T]) -> T:
    return await call.api.store.write(command, queue=queue_of(call.partner))


ENDPOINTS = [
    Endpoint(
        "POST",
        "/webhooks",
        "webhooks_create",
        "Add an endpoint of your server, and see its secret once.",
        NewWebhookEndpoint,
        add,
        scope="webhooks:write",
        body=AddWebhook,
        status=201,
        once=True,
    ),
    Endpoint(
        "GET",
        "/webhooks",
        "webhooks_list",
        "List your endpoints.",
        WebhookEndpointList,
        list_webhooks,
        scope="webhooks:read",
        query=Page,
    ),
    Endpoint(
        "GET",
        "/webhooks/{webhook_id}",
        "webhooks_get",
        "Show one endpoint: whether it is enabled, and why not.",
        WebhookEndpoint,
        show,
        scope="webhooks:read",
        unknown="webhook.unknown",
    ),
    Endpoint(
        "DELETE",
        "/webhooks/{webhook_id}",
        "webhooks_delete",
        "Delete an endpoint. What was not delivered yet is not delivered.",
        None,
        remove,
        scope="webhooks:write",
        status=204,
        unknown="webhook.unknown",
    ),
    Endpoint(
        "POST",
        "/webhooks/{webhook_id}/rotate",
        "webhooks_rotate",
        "Give an endpoint another secret. For a day both sign.",
        NewWebhookEndpoint,
        rotate,
        scope="webhooks:write",
        once=True,
        unknown="webhook.unknown",
    ),
    Endpoint(
        "POST",
        "/webhooks/{webhook_id}/enable",
        "webhooks_enable",
        "Enable an endpoint that was disabled. Replay what it has missed.",
        WebhookEndpoint,
        enable,
        scope="webhooks:write",
        unknown="webhook.unknown",
    ),
]
