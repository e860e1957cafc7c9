"""Read the bank's feed for a partner, and queue its events for the partner's receivers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select, update

from h5app.partner_api.core_reads import CoreEventList
from h5app.partner_api.webhooks import deliveries, receivers
from h5app.partner_api.webhooks.receivers import Receiver, of_feed
from h5app.partner_api.webhooks.work import Work, hold
from h5app.tables import webhook_feeds
from partner_adapters.kit.web.calls.http_client import DEADLINE_S

# The name of the queueing transaction at the crash points.
QUEUEING = "webhooks.queue"
# How long the bank may keep a question for the next event.
WAIT_S = 20
MOST_EVENTS = 200


async def read_feed(work: Work, partner: str, wait_s: int = WAIT_S) -> int | None:
    """Read what comes next, queue it and move the place in the feed, in one transaction.

    Return how many deliveries are new, or None if another node does this partner's work now.
    """
    place = await work.api.store.read(lambda conn: _find_place(conn, work, partner))
    if place is None:
        return None
    since, position = place
    asked = {"wait": str(wait_s), "after": str(position)}
    found = await _ask(work, partner, {"since": since.isoformat()} if position is None else asked, wait_s)
    if found.last == position:
        return 0
    now = work.api.clock.wall()

    def write(conn: Connection) -> int | None:
        # Another node may have gone on, after a lease that ended.
        if not hold(conn, work, partner, now) or _find_place(conn, work, partner) != place:
            return None
        new = 0
        for receiver in receivers.list_of(conn, partner, work.mode):
            if receiver.state == "enabled":
                wanted = [event for event in found.items if receiver.takes(event.type)]
                new += deliveries.queue(conn, [receiver.endpoint_id], wanted, now)
        own = update(webhook_feeds).where(of_feed(partner, work.mode))
        conn.execute(own.values(position=found.last))
        return new

    return await work.write(partner, write, QUEUEING)


async def replay_next(work: Work, partner: str) -> bool:
    """Queue the next part of each replay that was asked for. Return whether a part is left."""
    own = await work.api.store.read(lambda conn: receivers.list_of(conn, partner, work.mode))
    asked = [
        receiver for receiver in own if receiver.replay_since is not None and receiver.state == "enabled"
    ]
    return any([await _replay(work, receiver) for receiver in asked])


async def _replay(work: Work, receiver: Receiver) -> bool:
    assert receiver.replay_since is not None
    assert receiver.replay_until is not None
    until = receiver.replay_until
    begins = receiver.replay_position is None
    params = (
        {"since": receiver.replay_since.isoformat()} if begins else {"after": str(receiver.replay_position)}
    )
    found = await _ask(work, receiver.partner, params, 0)
    # What happened after the request is queued by the feed.
    wanted = [event for event in found.items if event.occurred_at < until and receiver.takes(event.type)]
    is_over = not found.items or found.items[-1].occurred_at >= until
    now = work.api.clock.wall()

    def write(conn: Connection) -> None:
        current = receivers.find(conn, receiver.endpoint_id, receiver.partner, receiver.mode)
        # It was deleted, disabled or asked for anew, or another node has queued this part.
        if current is None or _replay_of(current) != _replay_of(receiver) or current.state != "enabled":
            return
        deliveries.queue_again(conn, receiver.endpoint_id, wanted, now)
        progress = (
            {"replay_since": None, "replay_position": None} if is_over else {"replay_position": found.last}
        )
        receivers.change(conn, receiver.endpoint_id, **progress)

    await work.write(receiver.partner, write, QUEUEING)
    return not is_over


def _replay_of(receiver: Receiver) -> tuple[object, ...]:
    return receiver.replay_since, receiver.replay_until, receiver.replay_position


def _find_place(conn: Connection, work: Work, partner: str) -> tuple[datetime, int | None] | None:
    t = webhook_feeds.c
    row = conn.execute(select(t.since, t.position).where(of_feed(partner, work.mode))).first()
    return (row.since, row.position) if row else None


async def _ask(work: Work, partner: str, params: Mapping[str, str], wait_s: int) -> CoreEventList:
    calls = work.api.h5app.partners[partner].core.calls
    asked = {"limit": str(MOST_EVENTS), **params}
    return await calls.get("/events", CoreEventList, params=asked, deadline_s=DEADLINE_S + wait_s)
