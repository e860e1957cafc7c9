"""Delete expired sessions, login attempts, arrivals, drafts, links to documents and sent intents, once an
hour.

What is sealed in login attempts and arrivals has minutes to live, and is erased every minute.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, delete, update

from h5app.services import Services
from h5app.settings import ARRIVAL_KEPT_FOR, OUTCOME_KEPT_FOR
from h5app.tables import arrivals, downloads, drafts, logins, placed, sessions
from partner_adapters.kit.durable.jobs import Job

EVERY_S, ERASE_EVERY_S = 3600, 60

# For this long, an order that never reached the bank can be told apart from one that was never sent.
ORDERS_KEPT = timedelta(days=7)


def erasing_job(services: Services) -> Job:
    """Return the job that erases what was not agreed to in time, and outcomes that can no longer be collected."""

    async def run() -> None:
        now = services.clock.wall()

        def erase(conn: Connection) -> None:
            for table in (logins, arrivals):
                # An outcome may hold the secret of a session.
                old = update(table).where(table.c.outcome != "", table.c.used_at < now - OUTCOME_KEPT_FOR)
                conn.execute(old.values(outcome=""))
            unanswered = update(arrivals).where(
                arrivals.c.login != "", arrivals.c.arrived_at < now - ARRIVAL_KEPT_FOR
            )
            conn.execute(unanswered.values(login=""))

        await services.store.write(erase)

    return Job("h5app.erasing", every_s=ERASE_EVERY_S, lease_s=60, run=run)


def cleaning_job(services: Services) -> Job:
    """Return the job that deletes what has expired."""

    async def run() -> None:
        now, settings = services.clock.wall(), services.settings
        day = timedelta(days=1)

        def clean(conn: Connection) -> None:
            # A lapsed session still names the customer whose form is saved, for as long as drafts live.
            session_life = timedelta(seconds=settings.session_absolute_s + settings.draft_s)
            conn.execute(delete(sessions).where(sessions.c.created_at < now - session_life))
            conn.execute(delete(logins).where(logins.c.started_at < now - day))
            conn.execute(delete(arrivals).where(arrivals.c.arrived_at < now - day))
            conn.execute(
                delete(drafts).where(drafts.c.written_at < now - timedelta(seconds=settings.draft_s))
            )
            conn.execute(delete(placed).where(placed.c.placed_at < now - ORDERS_KEPT))
            # An expired link serves nothing. An hour lets operators see that one was made and used.
            conn.execute(delete(downloads).where(downloads.c.issued_at < now - timedelta(hours=1)))

        await services.store.write(clean)

    return Job("h5app.cleaning", every_s=EVERY_S, lease_s=300, run=run)
