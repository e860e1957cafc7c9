"""What nobody can use any more is not kept: codes and tokens a day after they ended, assertions likewise."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete

from mock_partners.outside.gov_app.tables import access_token, assertion, code, grant, pushed_request

REPLAY_NOTICED = timedelta(days=1)


def forget(conn: Connection, now: datetime) -> None:
    """Until then a replayed code is recognised and takes back what it gave."""
    conn.execute(delete(access_token).where(access_token.c.expires_at < now - REPLAY_NOTICED))
    conn.execute(delete(code).where(code.c.expires_at < now - REPLAY_NOTICED))
    conn.execute(delete(pushed_request).where(pushed_request.c.expires_at < now))
    conn.execute(delete(assertion).where(assertion.c.expires_at < now - REPLAY_NOTICED))
    conn.execute(delete(grant).where(grant.c.expires_at < now - REPLAY_NOTICED))
