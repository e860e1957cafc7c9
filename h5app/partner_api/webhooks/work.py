"""What the webhook work of one node needs, and the leases by which each partner's is done by one node at a time."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from prometheus_client import Counter
from sqlalchemy import Connection, select, update

from h5app.partner_api.services import NAME, PartnerApi
from h5app.partner_api.settings import Mode
from h5app.partner_api.webhooks.receivers import of_feed
from h5app.tables import webhook_feeds
from partner_adapters.kit.web.calls.guarded_client import GuardedClient

# Longer than one wave of attempts, which a node begins only with a whole lease.
LEASE = timedelta(seconds=40)
# A lease is prolonged once less than this is left.
RENEW_WITHIN = timedelta(seconds=30)
T = TypeVar("T")
_t = webhook_feeds.c


@dataclass(frozen=True)
class Work:
    """`node`: what this node's leases are known by."""

    api: PartnerApi
    client: GuardedClient
    node: str = field(default_factory=lambda: secrets.token_hex(8))
    outcomes: Counter = field(default_factory=lambda: _outcomes())

    @property
    def mode(self) -> Mode:
        return self.api.settings.partner_api_mode

    async def write(self, partner: str, command: Callable[[Connection], T], name: str = "") -> T:
        """Run one transaction about a partner's webhooks. They run one after another, on whichever node."""
        queue = queue_of(partner)
        return await self.api.store.write(command, name, queue=queue, repeatable=True)


def queue_of(partner: str) -> str:
    """Return the queue of every transaction about a partner's webhooks."""
    return f"webhooks {partner}"


def hold(conn: Connection, work: Work, partner: str, now: datetime) -> bool:
    """Return whether this node does the partner's work, after taking or prolonging its lease if it can."""
    own = of_feed(partner, work.mode)
    row = conn.execute(select(_t.holder, _t.leased_until).where(own)).first()
    if row is None or (row.holder not in (None, work.node) and row.leased_until > now):
        return False
    if row.holder != work.node or row.leased_until < now + RENEW_WITHIN:
        lease = {"holder": work.node, "leased_until": now + LEASE}
        conn.execute(update(webhook_feeds).where(own).values(**lease))
    return True


def release(conn: Connection, work: Work) -> None:
    """Give every lease of this node back, so that another one need not wait."""
    own = update(webhook_feeds).where(_t.holder == work.node)
    conn.execute(own.values(holder=None, leased_until=None))


def _outcomes() -> Counter:
    return Counter(
        f"{NAME}_webhook_attempts",
        "Attempts to deliver webhooks, by what came of them",
        ["partner", "outcome"],
        registry=None,
    )
