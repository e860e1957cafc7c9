"""Receivers: the rows of `webhook_endpoint`, and the partner's place in the bank's feed that they need."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, delete, exists, insert, select, update

from h5app.partner_api.settings import Mode
from h5app.tables import webhook_attempts, webhook_deliveries, webhook_endpoints, webhook_feeds

Payload = Literal["thin", "fat"]
State = Literal["enabled", "disabled"]
MOST_OF_PARTNER = 10
# How long the secret before the newest one signs too.
OVERLAP = timedelta(days=1)
SECRET_BYTES = 32
DISABLED = "the endpoint was disabled"
_t = webhook_endpoints.c


@dataclass(frozen=True)
class Receiver:
    """One endpoint of a partner's server. `secret` and `old_secret` are sealed."""

    endpoint_id: str
    partner: str
    mode: Mode
    url: str
    payload: Payload
    types: frozenset[str] | None
    state: State
    disabled_reason: str | None
    created_at: datetime
    failing_since: datetime | None
    replay_since: datetime | None
    replay_until: datetime | None
    replay_position: int | None
    secret: str = field(repr=False)
    old_secret: str | None = field(repr=False)
    old_secret_ends_at: datetime | None

    def takes(self, event_type: str) -> bool:
        """Whether events of this type are posted to it."""
        return self.types is None or event_type in self.types

    def sealed_secrets(self, now: datetime) -> list[str]:
        """Return the secrets that sign now, the newest first."""
        overlaps = self.old_secret_ends_at is not None and now < self.old_secret_ends_at
        return [self.secret, self.old_secret] if self.old_secret and overlaps else [self.secret]


def new_id() -> str:
    """Return an id such as `whe_…`."""
    return f"whe_{secrets.token_hex(12)}"


def new_secret() -> str:
    """Return a secret as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def add(
    conn: Connection,
    partner: str,
    mode: Mode,
    endpoint_id: str,
    url: str,
    payload: Payload,
    types: Collection[str] | None,
    sealed_secret: str,
    now: datetime,
) -> None:
    """Insert an enabled receiver."""
    row = {
        "endpoint_id": endpoint_id,
        "partner": partner,
        "mode": mode,
        "url": url,
        "payload": payload,
        "types": None if types is None else " ".join(types),
        "secret": sealed_secret,
        "state": "enabled",
        "created_at": now,
    }
    conn.execute(insert(webhook_endpoints).values(**row))
    _settle_feed(conn, partner, mode, now)


def find(conn: Connection, endpoint_id: str, partner: str, mode: Mode) -> Receiver | None:
    """Return the partner's receiver with this id, or None."""
    row = conn.execute(select(webhook_endpoints).where(_t.endpoint_id == endpoint_id)).first()
    found = _read(row) if row else None
    return found if found and (found.partner, found.mode) == (partner, mode) else None


def list_of(conn: Connection, partner: str, mode: Mode) -> list[Receiver]:
    """Return the partner's receivers, oldest first."""
    own = select(webhook_endpoints).where(_t.partner == partner, _t.mode == mode)
    return [_read(row) for row in conn.execute(own.order_by(_t.created_at, _t.endpoint_id))]


def remove(conn: Connection, receiver: Receiver, now: datetime) -> None:
    """Delete the receiver with all its deliveries."""
    own = webhook_deliveries.c.endpoint_id == receiver.endpoint_id
    of_own = select(webhook_deliveries.c.delivery_id).where(own)
    conn.execute(delete(webhook_attempts).where(webhook_attempts.c.delivery_id.in_(of_own)))
    conn.execute(delete(webhook_deliveries).where(own))
    conn.execute(delete(webhook_endpoints).where(_t.endpoint_id == receiver.endpoint_id))
    _settle_feed(conn, receiver.partner, receiver.mode, now)


def change(conn: Connection, endpoint_id: str, **values: Any) -> None:
    """Write these columns of one receiver."""
    conn.execute(update(webhook_endpoints).where(_t.endpoint_id == endpoint_id).values(**values))


def enable(conn: Connection, receiver: Receiver, now: datetime) -> None:
    """Let events that happen from now on be posted to it."""
    values = {"state": "enabled", "disabled_reason": None, "failing_since": None, "paused_until": None}
    change(conn, receiver.endpoint_id, **values)
    _settle_feed(conn, receiver.partner, receiver.mode, now)


def disable(conn: Connection, receiver: Receiver, reason: str, now: datetime) -> None:
    """Post nothing more to it. What waits has failed; a replay can deliver it later."""
    change(conn, receiver.endpoint_id, state="disabled", disabled_reason=reason, replay_since=None)
    table = webhook_deliveries
    waiting = [table.c.endpoint_id == receiver.endpoint_id, table.c.state == "pending"]
    values = {"state": "failed", "next_attempt_at": None, "last_reason": DISABLED}
    conn.execute(update(table).where(*waiting).values(**values))
    _settle_feed(conn, receiver.partner, receiver.mode, now)


def of_feed(partner: str, mode: Mode) -> ColumnElement[bool]:
    """Return the condition that a row of `webhook_feed` is this partner's."""
    return (webhook_feeds.c.partner == partner) & (webhook_feeds.c.mode == mode)


def _settle_feed(conn: Connection, partner: str, mode: Mode, now: datetime) -> None:
    """Keep a place in the feed while the partner has an enabled receiver.

    A new place begins now: a first receiver is not told of what happened before.
    """
    is_known = conn.scalar(select(exists().where(of_feed(partner, mode))))
    own = exists().where(_t.partner == partner, _t.mode == mode, _t.state == "enabled")
    is_needed = conn.scalar(select(own))
    if is_needed and not is_known:
        conn.execute(insert(webhook_feeds).values(partner=partner, mode=mode, since=now))
    elif is_known and not is_needed:
        conn.execute(delete(webhook_feeds).where(of_feed(partner, mode)))


_PLAIN = [one.name for one in fields(Receiver) if one.name != "types"]


def _read(row: Row[Any]) -> Receiver:
    types = None if row.types is None else frozenset(row.types.split())
    return Receiver(types=types, **{name: getattr(row, name) for name in _PLAIN})
