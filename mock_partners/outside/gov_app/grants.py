"""What hosts hand out that are no OpenID providers: codes and tickets of one use, tokens, numbers of face checks."""

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
_APP = "app"
LIFE: Mapping[Kind, timedelta] = {
    "code": timedelta(seconds=60),
    "token": timedelta(seconds=7200),
    "app_token": timedelta(seconds=7200),
    "check": timedelta(minutes=10),
}


class NotGood(Exception):
    """`reason`: unknown, expired or used."""

    def __init__(self, reason: Literal["unknown", "expired", "used"]) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Grant:
    """`app_id`: of the service that it was given to."""

    app_id: str
    user: User
    facts: dict[str, Any]
    deviations: list[str]


def give(
    conn: Connection,
    host: HostRequest[HostT],
    kind: Kind,
    app_id: str,
    user: User | None,
    deviations: list[str],
    facts: Mapping[str, Any] | None = None,
) -> str:
    """A new secret, for this service. `user`: None for a token of the service itself."""
    secret = new_secret()
    conn.execute(
        insert(grant).values(
            hash=hash_secret(secret),
            host=host.key,
            kind=kind,
            person=user.key if user else None,
            facts={_APP: app_id, **(facts or {})},
            deviations=deviations,
            expires_at=host.party.clock.wall() + LIFE[kind],
        )
    )
    return secret


def spend(conn: Connection, host: HostRequest[HostT], secret: str, app_id: str) -> Grant:
    """A code or ticket, once, by the service that it was given to. Raises `NotGood`."""
    found = _grant(host, _row(conn, host, "code", secret))
    if found.app_id != app_id:
        raise NotGood("unknown")
    spent = grant.c.hash == hash_secret(secret)
    conn.execute(update(grant).where(spent).values(used_at=host.party.clock.wall()))
    return found


def look(conn: Connection, host: HostRequest[HostT], kind: Kind, secret: str, app: App | None) -> Grant:
    """A person's, as often as it is asked for by its service or one that may ask for that. Raises `NotGood`.

    `app`: who asks; None where the question does not say, so that whoever holds the secret may.
    """
    found = _grant(host, _row(conn, host, kind, secret))
    if app is not None and found.app_id not in (app.app_id, *app.asks_for):
        raise NotGood("unknown")
    return found


def service_of(conn: Connection, host: HostRequest[HostT], secret: str) -> str:
    """The id of the service whose own token this is. Raises `NotGood`."""
    return str(_row(conn, host, "app_token", secret).facts[_APP])


def armed(conn: Connection, host: HostRequest[HostT], secret: str) -> list[str]:
    """How the host is to misbehave toward whoever brings this, whatever becomes of it."""
    query = select(grant.c.deviations).filter_by(hash=hash_secret(secret), host=host.key)
    return list(conn.scalar(query) or [])


def _grant(host: HostRequest[HostT], row: Any) -> Grant:
    facts, user = dict(row.facts), host.settings.user(row.person)
    assert user is not None, "a user left meanwhile"
    return Grant(facts.pop(_APP), user, facts, list(row.deviations))


def _row(conn: Connection, host: HostRequest[HostT], kind: Kind, secret: str) -> Any:
    query = select(grant).filter_by(hash=hash_secret(secret), host=host.key, kind=kind)
    row = conn.execute(query).first()
    if row is None:
        raise NotGood("unknown")
    if row.used_at is not None:
        raise NotGood("used")
    if host.party.clock.wall() >= row.expires_at:
        raise NotGood("expired")
    return row
