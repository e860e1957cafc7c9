"""Codes, tickets, tokens and face-check numbers of the hosts that are not OpenID providers. One table holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import Connection, insert, select, update

from mock_partners.outside.gov_app.party import HostRequest, HostT
from mock_partners.outside.gov_app.settings import App, User
from mock_partners.outside.gov_app.tables import grant
from partner_adapters.kit.pages.security.secrets import hash_secret, new_secret

Kind = Literal["code", "token", "app_token", "check"]
_APP_ID = "app"
LIFETIMES: Mapping[Kind, timedelta] = {
    "code": timedelta(seconds=60),
    "token": timedelta(seconds=7200),
    "app_token": timedelta(seconds=7200),
    "check": timedelta(minutes=10),
}


class InvalidGrant(Exception):
    """The secret is not valid. `reason` says why."""

    def __init__(self, reason: Literal["unknown", "expired", "used"]) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Grant:
    """A valid grant. `app_id` is the service it was issued to; `facts` are the fields its dialect stored with it."""

    app_id: str
    user: User
    facts: dict[str, Any]
    deviations: list[str]


def issue(
    conn: Connection,
    host: HostRequest[HostT],
    kind: Kind,
    app_id: str,
    user: User | None,
    deviations: list[str],
    facts: Mapping[str, Any] | None = None,
) -> str:
    """Store a new grant for this service and return its secret. `user` is None for the service's own token."""
    secret = new_secret()
    conn.execute(
        insert(grant).values(
            hash=hash_secret(secret),
            host=host.key,
            kind=kind,
            person=user.key if user else None,
            facts={_APP_ID: app_id, **(facts or {})},
            deviations=deviations,
            expires_at=host.party.clock.wall() + LIFETIMES[kind],
        )
    )
    return secret


def redeem(conn: Connection, host: HostRequest[HostT], secret: str, app_id: str) -> Grant:
    """Return the grant of a code or ticket and mark it used. Only the service it was issued to may redeem it.

    Raises `InvalidGrant`.
    """
    found_grant = _read_grant(host, _load_valid_row(conn, host, "code", secret))
    if found_grant.app_id != app_id:
        raise InvalidGrant("unknown")
    is_redeemed = grant.c.hash == hash_secret(secret)
    conn.execute(update(grant).where(is_redeemed).values(used_at=host.party.clock.wall()))
    return found_grant


def find(conn: Connection, host: HostRequest[HostT], kind: Kind, secret: str, app: App | None) -> Grant:
    """Return a user's token or face check, which may be read any number of times. Raises `InvalidGrant`.

    `app` is the calling service: the one it was issued to, or one that lists that service in `asks_for`. None where
    the call does not identify its service; then the secret alone is enough.
    """
    found_grant = _read_grant(host, _load_valid_row(conn, host, kind, secret))
    if app is not None and found_grant.app_id not in (app.app_id, *app.asks_for):
        raise InvalidGrant("unknown")
    return found_grant


def service_of_token(conn: Connection, host: HostRequest[HostT], secret: str) -> str:
    """Return the id of the service that this service token was issued to. Raises `InvalidGrant`."""
    return str(_load_valid_row(conn, host, "app_token", secret).facts[_APP_ID])


def armed_deviations(conn: Connection, host: HostRequest[HostT], secret: str) -> list[str]:
    """Return the deviations stored with this secret, whether or not it is still valid."""
    query = select(grant.c.deviations).filter_by(hash=hash_secret(secret), host=host.key)
    return list(conn.scalar(query) or [])


def _read_grant(host: HostRequest[HostT], row: Any) -> Grant:
    facts, user = dict(row.facts), host.settings.find_user(row.person)
    assert user is not None, "the user was removed from the settings after the grant was issued"
    return Grant(facts.pop(_APP_ID), user, facts, list(row.deviations))


def _load_valid_row(conn: Connection, host: HostRequest[HostT], kind: Kind, secret: str) -> Any:
    query = select(grant).filter_by(hash=hash_secret(secret), host=host.key, kind=kind)
    row = conn.execute(query).first()
    if row is None:
        raise InvalidGrant("unknown")
    if row.used_at is not None:
        raise InvalidGrant("used")
    if host.party.clock.wall() >= row.expires_at:
        raise InvalidGrant("expired")
    return row
