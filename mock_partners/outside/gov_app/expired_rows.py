"""Deletion of codes, tokens and assertions that have expired."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete

from mock_partners.outside.gov_app.tables import access_token, assertion, code, grant, pushed_request

# How long expired codes are kept, so that a replay is still recognised.
REPLAY_WINDOW = timedelta(days=1)


def delete_expired(conn: Connection, now: datetime) -> None:
    """Delete rows that expired more than a day ago, and expired pushed requests at once.

    A code that is presented again within that day is recognised as a replay, and its access token is revoked.
    """
    conn.execute(delete(access_token).where(access_token.c.expires_at < now - REPLAY_WINDOW))
    conn.execute(delete(code).where(code.c.expires_at < now - REPLAY_WINDOW))
    conn.execute(delete(pushed_request).where(pushed_request.c.expires_at < now))
    conn.execute(delete(assertion).where(assertion.c.expires_at < now - REPLAY_WINDOW))
    conn.execute(delete(grant).where(grant.c.expires_at < now - REPLAY_WINDOW))
