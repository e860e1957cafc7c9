"""Progress views: addresses that a partner's server makes, which show in its frame how one request stands.

A view names the request by the partner's reference or by the order, and no person. Its address may be opened again
until it expires, in any browser: it shows nothing that its partner may not know.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from h5app.tables import progress_views
from partner_adapters.kit.pages.security.secrets import hash_secret

LIFE = timedelta(minutes=15)
QUERY = "view"


@dataclass(frozen=True)
class ProgressView:
    """Which request a view is about: exactly one of both is given."""

    external_reference: str | None
    order: str | None


def new_id() -> str:
    """Return an id such as `prv_…`, which gives no access."""
    return f"prv_{secrets.token_hex(12)}"


def add(
    conn: Connection, partner: str, view_id: str, secret: str, view: ProgressView, now: datetime
) -> datetime:
    """Insert a view, and return when it expires. `secret`: what its address carries."""
    expires_at = now + LIFE
    row = {
        "view_id": view_id,
        "partner": partner,
        "secret_hash": hash_secret(secret),
        "external_reference": view.external_reference,
        "order_reference": view.order,
        "expires_at": expires_at,
    }
    conn.execute(insert(progress_views).values(**row))
    return expires_at


def find(conn: Connection, partner: str, secret: str, now: datetime) -> ProgressView | None:
    """Return the partner's view whose address carries this secret, unless it has expired."""
    t = progress_views.c
    own = [t.partner == partner, t.secret_hash == hash_secret(secret), t.expires_at > now]
    row = conn.execute(select(t.external_reference, t.order_reference).where(*own)).first()
    return None if row is None else ProgressView(row.external_reference, row.order_reference)


def clean(conn: Connection, now: datetime) -> None:
    """Delete views that have expired."""
    conn.execute(delete(progress_views).where(progress_views.c.expires_at <= now))
