"""Launches: one-time addresses that a partner's server makes, and the sessions that come from them.

A launch belongs to the first browser that opens it. The session of its login carries the launch and its reference, so
that orders placed there can be found by it. A launch names a page, never a person: who works in the session is decided
by the login alone.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, insert, select, update

from h5app.settings import ARRIVAL_KEPT_FOR
from h5app.tables import launches
from partner_adapters.kit.pages.security.secrets import hash_secret

KEPT_FOR = timedelta(days=30)
# How long the address may wait for its browser: without a person, and with one whom the partner handed over.
LIFE, LIFE_WITH_PERSON = timedelta(minutes=10), timedelta(seconds=60)
QUERY = "launch"

EntryName = Literal["home", "account_open", "top_up", "withdraw", "credit", "apply", "draw", "repay", "loans"]
LaunchState = Literal["created", "opened", "signed_in", "expired"]


@dataclass(frozen=True)
class Entry:
    """Where a launch leads. `path` and `path_of_id` stand below `/{partner}`."""

    path: str
    path_of_id: str | None = None


# What does not exist at the bank, or is another customer's, is refused by its page.
ENTRIES: Mapping[EntryName, Entry] = {
    "home": Entry("/"),
    "account_open": Entry("/account/open/particulars"),
    "top_up": Entry("/top-up"),
    "withdraw": Entry("/withdraw"),
    "credit": Entry("/credit"),
    "apply": Entry("/credit", "/credit/{}"),
    "draw": Entry("/", "/lines/{}/draw"),
    "repay": Entry("/loans", "/loans/{}/repay"),
    "loans": Entry("/loans", "/loans/{}"),
}


class NotThisBrowser(Exception):
    """Another browser has opened the launch, or its time is over."""


def new_id() -> str:
    """Return an id such as `lch_…`, which gives no access."""
    return f"lch_{secrets.token_hex(12)}"


def add(
    conn: Connection,
    partner: str,
    launch_id: str,
    secret: str,
    entry: EntryName,
    entry_id: str | None,
    external_reference: str | None,
    now: datetime,
    *,
    with_person: bool,
) -> None:
    """Insert a launch. `secret`: what its address carries."""
    row = {
        "launch_id": launch_id,
        "partner": partner,
        "secret_hash": hash_secret(secret),
        "entry": entry,
        "entry_id": entry_id,
        "external_reference": external_reference,
        "with_person": int(with_person),
        "created_at": now,
        "expires_at": now + (LIFE_WITH_PERSON if with_person else LIFE),
    }
    conn.execute(insert(launches).values(**row))


def path_of(partner: str, entry: EntryName, entry_id: str | None) -> str:
    """Return the path of the page that an entry leads to."""
    known = ENTRIES[entry]
    if entry_id is None:
        return f"/{partner}{known.path}"
    assert known.path_of_id is not None
    return f"/{partner}{known.path_of_id.format(entry_id)}"


def state_of(row: Row[Any], now: datetime, login: timedelta) -> LaunchState:
    """Return how far the launch came. `login`: how long a customer may take at the partner's login."""
    if row.signed_in_at is not None:
        return "signed_in"
    if row.opened_at is None:
        return "created" if now <= row.expires_at else "expired"
    return "opened" if now <= row.opened_at + login + ARRIVAL_KEPT_FOR else "expired"


def find_by_secret(conn: Connection, partner: str, secret: str) -> Row[Any] | None:
    """Return the partner's launch whose address carries this secret."""
    own = [launches.c.partner == partner, launches.c.secret_hash == hash_secret(secret)]
    return conn.execute(select(launches).where(*own)).first()


def find(conn: Connection, partner: str, launch_id: str) -> Row[Any] | None:
    """Return the partner's launch with this id."""
    own = [launches.c.partner == partner, launches.c.launch_id == launch_id]
    return conn.execute(select(launches).where(*own)).first()


def page(
    conn: Connection,
    partner: str,
    external_reference: str | None,
    before: tuple[datetime, str] | None,
    limit: int,
) -> list[Row[Any]]:
    """Return the partner's launches, newest first. `before`: time and id of the last one that is known."""
    own = [launches.c.partner == partner]
    if external_reference is not None:
        own.append(launches.c.external_reference == external_reference)
    if before is not None:
        at, launch_id = before
        earlier = (launches.c.created_at == at) & (launches.c.launch_id < launch_id)
        own.append((launches.c.created_at < at) | earlier)
    newest_first = (launches.c.created_at.desc(), launches.c.launch_id.desc())
    return list(conn.execute(select(launches).where(*own).order_by(*newest_first).limit(limit)).all())


def open_in(conn: Connection, launch_id: str, binding: str, before: str, now: datetime) -> None:
    """Bind the launch to the browser that has `binding` from now on, and had `before` until now.

    Raises `NotThisBrowser`.
    """
    own = launches.c.launch_id == launch_id
    # Only an unopened launch is bound; the read below then tells which browser was first.
    unopened = update(launches).where(own, launches.c.binding_hash.is_(None), launches.c.expires_at >= now)
    if conn.execute(unopened.values(binding_hash=hash_secret(binding), opened_at=now)).rowcount == 1:
        return
    bound_to = conn.scalar(select(launches.c.binding_hash).where(own))
    if bound_to not in [hash_secret(one) for one in (binding, before) if one]:
        raise NotThisBrowser(launch_id)
    conn.execute(update(launches).where(own).values(binding_hash=hash_secret(binding)))


def sign_in(conn: Connection, launch_id: str, customer_id: str, now: datetime) -> dict[str, str | None]:
    """Record that this customer logged in by the launch. Return the session's columns that name it.

    A second login of the same launch, by its Back button, counts for the same customer only.
    """
    row = conn.execute(select(launches).where(launches.c.launch_id == launch_id)).first()
    if row is None or row.customer_id not in (None, customer_id):
        return {}
    own = update(launches).where(launches.c.launch_id == launch_id, launches.c.signed_in_at.is_(None))
    conn.execute(own.values(signed_in_at=now, customer_id=customer_id))
    return {"launch_id": launch_id, "external_reference": row.external_reference}


def clean(conn: Connection, now: datetime) -> None:
    """Delete launches after 30 days."""
    conn.execute(delete(launches).where(launches.c.created_at < now - KEPT_FOR))
