"""The signing keys of each host. The first is made on first use, the newest signs, and the newest two are published."""

from __future__ import annotations

from datetime import datetime

from joserfc.jwk import ECKey
from sqlalchemy import Connection, insert, select

from mock_partners.outside.gov_app.tables import signing_key

# After a rotation the previous key stays published, so that tokens it signed can still be verified.
PUBLISHED = 2


def make_key(conn: Connection, host: str, now: datetime) -> ECKey:
    """Store and return a new key, which signs from now on."""
    key = ECKey.generate_key("P-256", auto_kid=True)
    conn.execute(
        insert(signing_key).values(host=host, kid=key.kid, jwk=key.as_dict(private=True), made_at=now)
    )
    return key


def published(conn: Connection, host: str) -> list[ECKey]:
    """Return the keys of the host's JWK set, newest first."""
    newest_first = signing_key.c.made_at.desc(), signing_key.c.kid
    query = select(signing_key.c.jwk).where(signing_key.c.host == host).order_by(*newest_first)
    return [ECKey.import_key(jwk) for jwk in conn.scalars(query.limit(PUBLISHED))]


def current(conn: Connection, host: str, now: datetime) -> ECKey:
    """Return the key that signs now; make one if the host has none."""
    keys = published(conn, host)
    return keys[0] if keys else make_key(conn, host, now)
