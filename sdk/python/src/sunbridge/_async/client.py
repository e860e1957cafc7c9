"""The client and what can be asked of each kind of object."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Any, Self
from urllib.parse import quote

import httpx

from sunbridge import _calls
from sunbridge._async.transport import AsyncPage, AsyncTransport
from sunbridge._calls import Call, ModelT
from sunbridge._keys import Credentials
from sunbridge._version import API_VERSION
from sunbridge.models import (
    ApiKey,
    Clock,
    Delivery,
    Event,
    Launch,
    LoggedRequest,
    NewLaunch,
    NewProgressView,
    NewWebhookEndpoint,
    PendingFault,
    RotatedKey,
    Status,
    WebhookEndpoint,
)

# How long one question for events waits for the next one.
WAIT_S = 20


class AsyncSunbridge:
    """One partner's access to Sunbridge.

    `key_id` with `secret` (sandbox) or with `private_key` (a PEM, P-256). `http_client`: your own httpx client, with
    your proxy and certificates. It is not closed here. `timeout`: seconds, of one attempt. `max_retries`: how often a
    call is repeated that got no answer or one that asks for it. Raises ValueError for a wrong combination.
    """

    def __init__(
        self,
        base_url: str,
        *,
        key_id: str,
        secret: str | None = None,
        private_key: str | bytes | None = None,
        http_client: httpx.AsyncClient | None = None,
        timeout: float = _calls.TIMEOUT_S,
        max_retries: int = _calls.MAX_RETRIES,
        version: str = API_VERSION,
    ) -> None:
        credentials = Credentials(key_id, secret, private_key)
        self._transport = AsyncTransport(base_url, credentials, http_client, timeout, max_retries, version)
        self.launches = AsyncLaunchesResource(self._transport)
        self.progress_views = AsyncProgressViewsResource(self._transport)
        self.orders = AsyncStatusResource(self._transport, "orders")
        self.applications = AsyncMadeByOrderResource(self._transport, "applications")
        self.contracts = AsyncMadeByOrderResource(self._transport, "contracts")
        self.lines = AsyncMadeByOrderResource(self._transport, "lines")
        self.loans = AsyncMadeByOrderResource(self._transport, "loans")
        self.accounts = AsyncStatusResource(self._transport, "accounts")
        self.events = AsyncEventsResource(self._transport)
        self.webhooks = AsyncWebhooksResource(self._transport)
        self.requests = AsyncRequestsResource(self._transport)
        self.keys = AsyncKeysResource(self._transport)
        self.sandbox = AsyncSandboxResource(self._transport)

    async def aclose(self) -> None:
        """Close the connections, unless you gave the HTTP client."""
        await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


class AsyncLaunchesResource:
    """Launches: addresses that one person's browser opens once."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def create(
        self,
        *,
        entry: str = "home",
        external_reference: str | None = None,
        lang: str | None = None,
        text_size: str | None = None,
        assertion: str | None = None,
        pushed: str | None = None,
        entry_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> NewLaunch:
        """Make a launch and return it with its `url`, which is in this answer only.

        `entry`: where the person arrives. `external_reference`: your own name for it, which each event and report
        brings back. `assertion`, `pushed`: who the person is, where your dialect hands that over. Without
        either the person logs in at your app as usual. `entry_id`: which product, line or loan the entry is about.
        """
        body = {
            "entry": entry,
            "entry_id": entry_id,
            "external_reference": external_reference,
            "lang": lang,
            "text_size": text_size,
            "assertion": assertion,
            "pushed": pushed,
        }
        return await self._transport.send(Call("POST", "/launches", NewLaunch, {}, body, idempotency_key))

    async def retrieve(self, launch_id: str) -> Launch:
        """Return one launch. Raises `NotFound`."""
        return await self._transport.send(Call("GET", f"/launches/{_part(launch_id)}", Launch))

    def list(
        self, *, external_reference: str | None = None, after: str | None = None, limit: int | None = None
    ) -> AsyncPage[Launch]:
        """Iterate over your launches, newest first."""
        query = {"external_reference": external_reference, "after": after, "limit": limit}
        return AsyncPage(self._transport, Call("GET", "/launches", None, query), Launch)


class AsyncProgressViewsResource:
    """Addresses for a frame of your page that show how one request stands, and nothing else of the person."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def create(
        self,
        *,
        external_reference: str | None = None,
        order: str | None = None,
        lang: str | None = None,
        text_size: str | None = None,
        idempotency_key: str | None = None,
    ) -> NewProgressView:
        """Make a view and return it with its `url`, which is in this answer only and serves for 15 minutes.

        Give `external_reference`, your own name of the launch, or `order`. Your page hands `url` to
        `Sunbridge.progress` of the JavaScript SDK, or puts it into a frame.
        """
        body = {
            "external_reference": external_reference,
            "order": order,
            "lang": lang,
            "text_size": text_size,
        }
        call = Call("POST", "/progress_views", NewProgressView, {}, body, idempotency_key)
        return await self._transport.send(call)


class AsyncStatusResource:
    """How things stand with one kind of object, of persons who gave you the consent `partner_status`."""

    def __init__(self, transport: AsyncTransport, kind: str) -> None:
        self._transport = transport
        self._kind = kind

    async def retrieve(self, name: str) -> Status:
        """Return one object by its id, an order by its reference. Raises `NotFound`."""
        return await self._transport.send(Call("GET", f"/{self._kind}/{_part(name)}", Status))

    def list(
        self, *, external_reference: str | None = None, after: str | None = None, limit: int | None = None
    ) -> AsyncPage[Status]:
        """Iterate over the objects."""
        query = {"external_reference": external_reference, "after": after, "limit": limit}
        return AsyncPage(self._transport, Call("GET", f"/{self._kind}", None, query), Status)


class AsyncMadeByOrderResource(AsyncStatusResource):
    """Objects that an order made: applications, contracts, lines and loans."""

    def list(
        self,
        *,
        external_reference: str | None = None,
        after: str | None = None,
        limit: int | None = None,
        order: str | None = None,
    ) -> AsyncPage[Status]:
        """Iterate over the objects. `order`: only what this order made."""
        query = {"external_reference": external_reference, "order": order, "after": after, "limit": limit}
        return AsyncPage(self._transport, Call("GET", f"/{self._kind}", None, query), Status)


class AsyncEventsResource:
    """What happened, in order."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def retrieve(self, event_id: str) -> Event:
        """Return one event. Raises `NotFound`, also where the person withdrew the consent."""
        return await self._transport.send(Call("GET", f"/events/{_part(event_id)}", Event))

    def list(
        self, *, after: str | None = None, since: datetime | None = None, limit: int | None = None
    ) -> AsyncPage[Event]:
        """Iterate over the events so far. `after`: behind this cursor. `since`: from this moment on."""
        moment = since.isoformat() if since is not None else None
        query = {"after": after, "since": moment, "limit": limit}
        return AsyncPage(self._transport, Call("GET", "/events", None, query), Event)

    async def follow(self, *, after: str | None = None) -> AsyncIterator[Event]:
        """Iterate over the events and wait for the next ones, without end. Keep `event.cursor` to go on later."""
        while True:
            query = {"after": after, "wait": WAIT_S}
            said = await self._transport.send(Call("GET", "/events", _calls.List, query))
            for item in said.items:
                yield Event.from_dict(item)
            after = said.next or after


class AsyncWebhooksResource:
    """Endpoints of your server that are told of events."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def create(
        self,
        url: str,
        *,
        payload: str = "fat",
        types: Iterable[str] | None = None,
        idempotency_key: str | None = None,
    ) -> NewWebhookEndpoint:
        """Add an endpoint. Its `secret` is in this answer only. `types`: only these, or None for all."""
        body = {"url": url, "payload": payload, "types": None if types is None else [*types]}
        return await self._transport.send(
            Call("POST", "/webhooks", NewWebhookEndpoint, {}, body, idempotency_key)
        )

    async def retrieve(self, endpoint_id: str) -> WebhookEndpoint:
        """Return one endpoint. Raises `NotFound`."""
        return await self._transport.send(Call("GET", f"/webhooks/{_part(endpoint_id)}", WebhookEndpoint))

    def list(self, *, after: str | None = None, limit: int | None = None) -> AsyncPage[WebhookEndpoint]:
        """Iterate over your endpoints."""
        query = {"after": after, "limit": limit}
        return AsyncPage(self._transport, Call("GET", "/webhooks", None, query), WebhookEndpoint)

    async def delete(self, endpoint_id: str) -> None:
        """Delete an endpoint. What was not delivered yet is not delivered."""
        await self._transport.send(Call("DELETE", f"/webhooks/{_part(endpoint_id)}", None))

    async def rotate(self, endpoint_id: str, *, idempotency_key: str | None = None) -> NewWebhookEndpoint:
        """Give the endpoint a new secret, which is in this answer only. The old one signs beside it for a day."""
        return await self._post(endpoint_id, "rotate", NewWebhookEndpoint, {}, idempotency_key)

    async def test(self, endpoint_id: str, *, idempotency_key: str | None = None) -> Delivery:
        """Send a test event to the endpoint."""
        return await self._post(endpoint_id, "test", Delivery, {}, idempotency_key)

    async def enable(self, endpoint_id: str, *, idempotency_key: str | None = None) -> WebhookEndpoint:
        """Enable an endpoint that was disabled because it failed for days."""
        return await self._post(endpoint_id, "enable", WebhookEndpoint, {}, idempotency_key)

    def deliveries(
        self, endpoint_id: str, *, after: str | None = None, limit: int | None = None
    ) -> AsyncPage[Delivery]:
        """Iterate over what was delivered to the endpoint and what was not, newest first."""
        path = f"/webhooks/{_part(endpoint_id)}/deliveries"
        return AsyncPage(self._transport, Call("GET", path, None, {"after": after, "limit": limit}), Delivery)

    async def replay(
        self, endpoint_id: str, since: datetime, *, idempotency_key: str | None = None
    ) -> WebhookEndpoint:
        """Deliver every event since a moment once more."""
        return await self._post(
            endpoint_id, "replay", WebhookEndpoint, {"since": since.isoformat()}, idempotency_key
        )

    async def replay_delivery(
        self, endpoint_id: str, delivery_id: str, *, idempotency_key: str | None = None
    ) -> Delivery:
        """Deliver one event once more."""
        path = f"deliveries/{_part(delivery_id)}/replay"
        return await self._post(endpoint_id, path, Delivery, {}, idempotency_key)

    async def _post(
        self,
        endpoint_id: str,
        path: str,
        model: type[ModelT],
        body: dict[str, Any],
        idempotency_key: str | None,
    ) -> ModelT:
        call = Call("POST", f"/webhooks/{_part(endpoint_id)}/{path}", model, {}, body, idempotency_key)
        return await self._transport.send(call)


class AsyncRequestsResource:
    """What you asked of us in the last 30 days."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def retrieve(self, request_id: str) -> LoggedRequest:
        """Return one request. Raises `NotFound`."""
        return await self._transport.send(Call("GET", f"/requests/{_part(request_id)}", LoggedRequest))

    def list(self, *, after: str | None = None, limit: int | None = None) -> AsyncPage[LoggedRequest]:
        """Iterate over the requests, newest first."""
        query = {"after": after, "limit": limit}
        return AsyncPage(self._transport, Call("GET", "/requests", None, query), LoggedRequest)


class AsyncKeysResource:
    """Your keys, without what they prove themselves by."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    def list(self) -> AsyncPage[ApiKey]:
        """Iterate over your keys of this mode, oldest first."""
        return AsyncPage(self._transport, Call("GET", "/keys", None), ApiKey)

    async def rotate(
        self,
        key_id: str,
        *,
        jwk: str | None = None,
        overlap_s: int | None = None,
        idempotency_key: str | None = None,
    ) -> RotatedKey:
        """Replace the key that this client uses. A new `secret` is in this answer only.

        `jwk`: the new public key as JSON text, which a live key needs (`sunbridge keys new` prints it).
        `overlap_s`: for how many seconds the old key still serves.
        """
        body = {"jwk": jwk, "overlap_s": overlap_s}
        call = Call("POST", f"/keys/{_part(key_id)}/rotate", RotatedKey, {}, body, idempotency_key)
        return await self._transport.send(call)


class AsyncSandboxResource:
    """What only a sandbox offers: another time, faults, events that did not happen."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def clock(self) -> Clock:
        """Return what time it is in the sandbox."""
        return await self._transport.send(Call("GET", "/sandbox/clock", Clock))

    async def advance(self, seconds: int) -> Clock:
        """Move the business time of the sandbox forward."""
        return await self._transport.send(Call("POST", "/sandbox/clock", Clock, {}, {"advance_s": seconds}))

    def faults(self) -> AsyncPage[PendingFault]:
        """Iterate over the faults of the bank that wait."""
        return AsyncPage(self._transport, Call("GET", "/sandbox/faults", None), PendingFault)

    async def add_fault(
        self,
        kind: str,
        *,
        method: str = "*",
        path: str = "*",
        times: int = 1,
        seconds: float = 0.0,
    ) -> None:
        """Let the bank fail for its next `times` requests that match.

        `kind`: drop_response, reset_after, latency, late_answer or down. `method`, `path`: of the bank's own requests,
        with `*` and `?` as wildcards. `seconds`: how long a latency or a late answer takes.
        """
        body = {"kind": kind, "method": method, "path": path, "times": times, "seconds": seconds}
        await self._transport.send(Call("POST", "/sandbox/faults", None, {}, body))

    async def clear_faults(self) -> None:
        """Clear every fault."""
        await self._transport.send(Call("DELETE", "/sandbox/faults", None))

    async def trigger(self, type: str) -> None:
        """Have a test event sent to your endpoints. Nothing has happened."""
        await self._transport.send(Call("POST", "/sandbox/events", None, {}, {"type": type}))

    async def age_session(self, launch_id: str, seconds: int) -> None:
        """Make the session of a launch older, as if the person had been away."""
        path = f"/sandbox/sessions/{_part(launch_id)}/age"
        await self._transport.send(Call("POST", path, None, {}, {"seconds": seconds}))

    async def age_face_check(self, launch_id: str, seconds: int) -> None:
        """Make the face check of a launch's session older, so that the next action asks for a new one."""
        path = f"/sandbox/sessions/{_part(launch_id)}/face-check/age"
        await self._transport.send(Call("POST", path, None, {}, {"seconds": seconds}))


def _part(text: str) -> str:
    """Return text as one part of a path, which cannot lead to another path."""
    if text in ("", ".", ".."):
        raise ValueError(f"{text!r} names nothing")
    return quote(text, safe="")
