"""Send what a customer confirmed to the bank, once, and lead to the order's page whatever becomes of it.

Before the command leaves, its intent is recorded here. So the order's page can tell an order that never reached the
bank from one whose response was lost. A retry from a fresh form finds the first attempt.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, update
from starlette.requests import Request
from starlette.responses import Response

from h5app import sessions
from h5app.confirming import drafts, intents
from h5app.confirming.actions import ACTIONS
from h5app.confirming.intents import Intent
from h5app.page import see_other
from h5app.services import Services, services_of
from h5app.sessions import OPEN_FOR, Session
from h5app.tables import placed
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.orders import Order, OrderState
from partner_adapters.kit.durable.store import DatabaseAway
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed, NotSent, OutcomeUnknown, Unanswered

# In the query of the order's page: what was just typed was not sent; the page shows an earlier order instead.
EARLIER = {"earlier": "1"}


async def submit_order(
    request: Request,
    intent: Intent,
    send: Callable[[], Awaitable[Order]],
    *,
    at_once: str | None = None,
    onward: dict[str, str] | None = None,
) -> Response:
    """Send the command and redirect (303) to `/orders/{intent}`, also when its outcome is unknown.

    `at_once`: the route to go to instead when the order has already succeeded. `onward`: the query of the order's page.
    The saved form is deleted, and a check that serves one action only counts as used. Raise `Problem`, `NotSent` or
    `Unanswered` when nothing happened: the same form with the same intent may be sent again.
    """
    services, visit = services_of(request), visit_of(request)
    try:
        earlier = await _record_sending(services, visit.live_session, intent, visit.now)
    except DatabaseAway as error:
        raise NotSent("h5app", "the intent could not be recorded") from error
    if earlier:
        return see_other(request, "order", EARLIER, intent=earlier)
    order: Order | None = None
    query = onward
    try:
        order = await send()
    except (Problem, NotSent, Unanswered) as error:
        if not isinstance(error, Problem) or error.code != "intent.reused":
            await _take_back_sending(services, intent.key)
            raise
        # Another tab, or the back button, confirmed something else with this intent. That order counts, and its page
        # says that the new form was not sent.
        order, query = await _read_order(visit, intent), EARLIER
    except OutcomeUnknown:
        pass
    await _clean_up(request, intent, order)
    if at_once and order is not None and order.state is OrderState.SUCCEEDED:
        await mark_seen(services, intent.key, visit.now)
        return see_other(request, at_once)
    return see_other(request, "order", query, intent=intent.key)


async def redirect_to_unseen(request: Request) -> Response | None:
    """Redirect a form that could not be sent to an earlier attempt whose outcome the customer has not seen.

    Return None where no such attempt exists. Raise `DatabaseAway` where that cannot be known.
    """
    visit, token = visit_of(request), (await Form.posted(request)).values[intents.FIELD]
    unseen = _unseen(visit.live_session)
    for row in await services_of(request).store.read(lambda conn: conn.execute(unseen).all()):
        with suppress(Problem):
            same = intents.open_(visit, row.purpose, token).key == row.key
            return see_other(request, "order", None if same else EARLIER, intent=row.key)
    return None


async def mark_seen(services: Services, key: str, now: datetime) -> None:
    """Record that the outcome is known and about to be shown: what the customer confirms next is another intent."""
    unseen = [placed.c.key == key, placed.c.settled_at.is_(None)]
    # Not recorded now, it is recorded when the customer next looks at the order.
    with suppress(DatabaseAway):
        await services.store.write(
            lambda conn: conn.execute(update(placed).where(*unseen).values(settled_at=now))
        )


async def find_sending(services: Services, session: Session, key: str) -> tuple[str, datetime] | None:
    """Return the purpose of an intent that this customer sent from here, and when it was last sent."""
    row = await services.store.read(
        lambda conn: conn.execute(
            select(placed.c.purpose, func.coalesce(placed.c.sent_at, placed.c.placed_at)).where(
                placed.c.key == key,
                placed.c.partner == session.partner,
                placed.c.customer_id == session.customer_id,
            )
        ).first()
    )
    return (row[0], row[1]) if row else None


async def _clean_up(request: Request, intent: Intent, order: Order | None) -> None:
    """Delete what the customer no longer needs once the command has left."""
    services, session = services_of(request), visit_of(request).live_session
    if draft_id := (await Form.posted(request)).values[drafts.QUERY]:
        await drafts.erase(services, session, draft_id)
    action = ACTIONS.get(intent.purpose)
    if order is not None and action and action.step_up and session.check_for == action.step_up:
        await sessions.erase_check(services, session)


async def _read_order(visit: Visit, intent: Intent) -> Order | None:
    with suppress(Problem, CallFailed):
        return await visit.core.orders.get(intent.key)
    return None


async def _record_sending(services: Services, session: Session, intent: Intent, now: datetime) -> str:
    """Record that this intent is being sent, for the first time or again, and return "".

    Return an earlier intent's key instead if the customer sent one for the same purpose and has not seen its outcome.
    They lost that response and are retrying.
    """
    row = {
        "key": intent.key,
        "partner": session.partner,
        "customer_id": session.customer_id,
        "session_ref": session.ref,
        "purpose": intent.purpose,
        "placed_at": now,
    }
    unseen = _unseen(session).where(placed.c.purpose == intent.purpose, placed.c.placed_at >= now - OPEN_FOR)

    def write(conn: Connection) -> str:
        again = {"sent_at": now, "unrefused": placed.c.unrefused + 1}
        if conn.execute(update(placed).where(placed.c.key == intent.key).values(again)).rowcount:
            return ""
        if earlier := conn.execute(unseen).scalar():
            return str(earlier)
        conn.execute(insert(placed).values(row))
        return ""

    return await services.store.write(write)


async def _take_back_sending(services: Services, key: str) -> None:
    """Record that one sending was refused. When every sending was refused, the intent counts as never sent."""
    same = placed.c.key == key

    def write(conn: Connection) -> None:
        # Counted down and not deleted at once: another tap of the same form may still be on its way.
        conn.execute(update(placed).where(same).values(unrefused=placed.c.unrefused - 1))
        conn.execute(delete(placed).where(same, placed.c.unrefused <= 0))

    with suppress(DatabaseAway):
        await services.store.write(write)


def _unseen(session: Session) -> Select[Any]:
    """Select key and purpose of what this session sent and whose outcome was not shown, the newest first."""
    return (
        select(placed.c.key, placed.c.purpose)
        .where(placed.c.session_ref == session.ref, placed.c.settled_at.is_(None))
        .order_by(placed.c.placed_at.desc())
    )
