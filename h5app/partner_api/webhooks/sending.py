"""Post what is due at one receiver, a few events of different objects at once, and record what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Literal, cast

import structlog
from sqlalchemy import Connection, select

from h5app.partner_api import request_log
from h5app.partner_api.core_reads import CoreEvent, EventType
from h5app.partner_api.request_log import Line
from h5app.partner_api.webhooks import deliveries, receivers, waits
from h5app.partner_api.webhooks.deliveries import Attempt, Delivery
from h5app.partner_api.webhooks.messages import WebhookEvent, body_of, message_of, test_body
from h5app.partner_api.webhooks.receivers import Receiver
from h5app.partner_api.webhooks.work import Work, hold
from h5app.tables import webhook_endpoints
from partner_adapters.kit.durable.crash_points import reached
from partner_adapters.kit.observed.request_id import new_reference
from partner_adapters.kit.values.clock import monotonic
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.kit.web.calls.json_client import segment

# The name of the recording transaction at the crash points.
RECORDING = "webhooks.record"
# Of one receiver. More would let a partner's server be flooded after an outage.
MOST_AT_ONCE = 8
# Posted between two commits. A node that dies has posted at most so many that come again.
MOST_IN_WAVE = 64
# No post of a wave begins later, so that it ends before the lease under which the wave was taken.
BEGUN_WITHIN_S = 5.0
# How long the last posts of a wave are waited for, so that they are recorded with it.
SETTLE_S = 0.2
# How often new deliveries are looked for while posts are under way.
LOOK_AGAIN_S = 0.5
POST_WITHIN_S = 10.0
# How long a delivery waits that could not be read from the bank.
BANK_AWAY_S = 10
GONE = 410
WITHDRAWN = "the customer's consent has ended"
BANK_AWAY = "the bank does not answer"
REFUSED_FOR_DAYS = "nothing but failures for three days"
NOTICE = "webhook.disabled"
# What stands for the method in the partner's log of requests, beside the path of the endpoint.
NOTICE_METHOD, NOTICE_PATH = "DISABLE", "/partner/v1/webhooks/{webhook_id}"
OutcomeKind = Literal["delivered", "failed", "dropped", "postponed"]
log = structlog.get_logger()


@dataclass(frozen=True)
class Outcome:
    """What came of one delivery. `attempt`: None where nothing was sent."""

    delivery: Delivery
    kind: OutcomeKind
    attempt: Attempt | None = None
    pause_until: datetime | None = None

    @property
    def ends_wave(self) -> bool:
        """Whether the endpoint wants nothing more now."""
        is_gone = self.attempt is not None and self.attempt.status == GONE
        return is_gone or self.pause_until is not None


@dataclass(frozen=True)
class _Wave:
    receiver: Receiver
    deliveries: Sequence[Delivery]


async def send_due(work: Work, partner: str, endpoint_id: str) -> int:
    """Post to one receiver until nothing is due there, or the work is another node's. Return how many were posted."""
    posts = _Posts(work)
    outcomes: list[Outcome] = []
    posted = 0
    try:
        while True:
            step = partial(
                _record_and_take,
                work=work,
                partner=partner,
                endpoint_id=endpoint_id,
                outcomes=outcomes,
                under_way=posts.under_way,
            )
            wave = await work.write(partner, step, RECORDING if outcomes else "")
            for outcome in outcomes:
                work.outcomes.labels(partner, outcome.kind).inc()
            if wave is not None:
                outcomes = await posts.begin(wave)
            elif posts.under_way:
                outcomes = await posts.wait(LOOK_AGAIN_S)
            else:
                return posted
            posted += sum(outcome.attempt is not None for outcome in outcomes)
    finally:
        await posts.cancel()


class _Posts:
    """The posts that are under way to one receiver, at most eight. A free place is taken by the next one at once."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._running: dict[asyncio.Task[Outcome], str] = {}

    @property
    def under_way(self) -> list[str]:
        """The ids of deliveries whose outcome is not known yet."""
        return list(self._running.values())

    async def begin(self, wave: _Wave) -> list[Outcome]:
        """Begin a wave, and return what has ended by then, also of waves before.

        What was not begun in time, or before the endpoint asked for a pause, still waits.
        """
        outcomes: list[Outcome] = []
        begun = monotonic()
        for delivery in wave.deliveries:
            while len(self._running) >= MOST_AT_ONCE and (left_s := begun + BEGUN_WITHIN_S - monotonic()) > 0:
                outcomes += await self.wait(left_s)
            is_full = len(self._running) >= MOST_AT_ONCE
            if is_full or monotonic() - begun > BEGUN_WITHIN_S or any(one.ends_wave for one in outcomes):
                return outcomes
            posting = asyncio.create_task(_try(self._work, wave.receiver, delivery))
            self._running[posting] = delivery.delivery_id
        # What ends soon is recorded together. What hangs keeps the rest waiting no longer.
        settled_at = monotonic() + SETTLE_S
        while self._running and (left_s := settled_at - monotonic()) > 0:
            outcomes += await self.wait(left_s)
        return outcomes

    async def cancel(self) -> None:
        """Break off what is under way. It is posted again after the lease."""
        for posting in self._running:
            posting.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def wait(self, within_s: float) -> list[Outcome]:
        """Return what has ended once one post has, or nothing after so many seconds."""
        done, _ = await asyncio.wait(self._running, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        for posting in done:
            del self._running[posting]
        return [posting.result() for posting in done]


def _record_and_take(
    conn: Connection,
    work: Work,
    partner: str,
    endpoint_id: str,
    outcomes: Sequence[Outcome],
    under_way: Collection[str],
) -> _Wave | None:
    """Record what has ended, and return what is due beside the deliveries that are under way."""
    now = work.api.clock.wall()
    receiver = receivers.find(conn, endpoint_id, partner, work.mode)
    if receiver is None:
        return None
    for outcome in outcomes:
        _record(conn, outcome, now)
    tried = [(outcome.delivery, outcome.attempt) for outcome in outcomes if outcome.attempt is not None]
    deliveries.add_attempts(conn, tried)
    receiver = _judge(conn, receiver, outcomes, now)
    paused_until = _paused_until(conn, endpoint_id)
    is_paused = paused_until is not None and now < paused_until
    if receiver.state != "enabled" or is_paused or not hold(conn, work, partner, now):
        return None
    found = deliveries.due(conn, endpoint_id, now, MOST_IN_WAVE, besides=under_way)
    return _Wave(receiver, found) if found else None


def _paused_until(conn: Connection, endpoint_id: str) -> datetime | None:
    table = webhook_endpoints.c
    return conn.scalar(select(table.paused_until).where(table.endpoint_id == endpoint_id))


def _record(conn: Connection, outcome: Outcome, now: datetime) -> None:
    delivery, attempt = outcome.delivery, outcome.attempt
    if attempt is None:
        if outcome.kind == "dropped":
            deliveries.change(conn, delivery, state="dropped", next_attempt_at=None, last_reason=WITHDRAWN)
        else:
            later = now + timedelta(seconds=BANK_AWAY_S)
            deliveries.change(conn, delivery, next_attempt_at=later, last_reason=BANK_AWAY)
        return
    tried_since, tries = delivery.tried_since or attempt.at, delivery.tries + 1
    values: dict[str, Any] = {
        "attempts": delivery.attempts + 1,
        "tries": tries,
        "tried_since": tried_since,
        "last_status": attempt.status,
        "last_reason": attempt.reason,
    }
    if outcome.kind == "delivered":
        values |= {"state": "delivered", "delivered_at": attempt.at, "next_attempt_at": None}
    else:
        following = waits.next_attempt(now, tried_since, tries)
        values |= {"next_attempt_at": following, "state": "pending" if following else "failed"}
    deliveries.change(conn, delivery, **values)


def _judge(conn: Connection, receiver: Receiver, outcomes: Sequence[Outcome], now: datetime) -> Receiver:
    """Write what a wave says about the receiver itself, and return it as it is then."""
    tried = [outcome for outcome in outcomes if outcome.attempt is not None]
    if not tried or receiver.state != "enabled":
        return receiver
    pauses = [outcome.pause_until for outcome in tried if outcome.pause_until is not None]
    if pauses:
        # A post that was under way when the pause began must not make it shorter.
        if (before := _paused_until(conn, receiver.endpoint_id)) is not None:
            pauses.append(before)
        receivers.change(conn, receiver.endpoint_id, paused_until=max(pauses))
    if any(outcome.attempt and outcome.attempt.status == GONE for outcome in tried):
        return _disable(conn, receiver, f"it answered {GONE} Gone", GONE, now)
    if any(outcome.kind == "delivered" for outcome in tried):
        if receiver.failing_since is not None:
            receivers.change(conn, receiver.endpoint_id, failing_since=None)
        return receiver
    if receiver.failing_since is None:
        receivers.change(conn, receiver.endpoint_id, failing_since=now)
    elif now - receiver.failing_since >= waits.GIVE_UP_AFTER:
        last = tried[-1].attempt
        return _disable(conn, receiver, REFUSED_FOR_DAYS, last.status if last else None, now)
    return receiver


def _disable(
    conn: Connection, receiver: Receiver, reason: str, status: int | None, now: datetime
) -> Receiver:
    """Disable the receiver, and tell its partner in the log of requests."""
    receivers.disable(conn, receiver, reason, now)
    notice = Line(
        partner=receiver.partner,
        request_id=new_reference(),
        at=now,
        method=NOTICE_METHOD,
        path=NOTICE_PATH,
        status=status or 0,
        code=NOTICE,
        reason=f"{receiver.endpoint_id}: {reason}",
        key_id="",
        ms=0,
    )
    request_log.insert_lines(conn, [notice])
    log.warning(
        "webhooks.disabled", partner=receiver.partner, endpoint_id=receiver.endpoint_id, reason=reason
    )
    return replace(receiver, state="disabled")


async def _try(work: Work, receiver: Receiver, delivery: Delivery) -> Outcome:
    """Post one event once, as the bank tells it now."""
    try:
        body = await _read_body(work, receiver, delivery)
    except Problem as problem:
        return Outcome(delivery, "dropped" if problem.code == "event.unknown" else "postponed")
    except CallFailed:
        return Outcome(delivery, "postponed")
    now, unseal = work.api.clock.wall(), work.api.h5app.signing.unseal
    keys = [unseal(sealed) for sealed in receiver.sealed_secrets(now)]
    message = message_of(body, is_fat=receiver.payload == "fat", secrets=keys, now=now)
    reached("webhook.before_post", delivery.type)
    started, status, retry_after = monotonic(), None, None
    try:
        answer = await work.client.post(
            receiver.url, message.headers, message.content, deadline_s=POST_WITHIN_S
        )
        status, retry_after = answer.status, answer.retry_after
        reason = None if 200 <= status < 300 else f"answered {status}"
    except CallFailed as failure:
        reason = failure.reason
    reached("webhook.posted", delivery.type)
    attempt = Attempt(now, status, reason, round((monotonic() - started) * 1000))
    pause = waits.pause_until(work.api.clock.wall(), status, retry_after)
    return Outcome(delivery, "failed" if reason else "delivered", attempt, pause)


async def _read_body(work: Work, receiver: Receiver, delivery: Delivery) -> WebhookEvent:
    """Return the fat body. Raises `Problem` 404 `event.unknown` once its customer's consent has ended."""
    if delivery.is_test:
        event_type = cast(EventType, delivery.type)
        return test_body(delivery.event_id, event_type, delivery.object_id, delivery.created_at)
    calls = work.api.h5app.partners[receiver.partner].core.calls
    event = await calls.get(f"/events/{segment(delivery.event_id)}", CoreEvent)
    return body_of(event.id, event.occurred_at, event.type, event.status)
