"""From a confirmed intent to the order's page: noted here, sent to the bank, followed by its key whatever happens."""

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
from h5app.confirming.intents import Intent
from h5app.page import see_other
from h5app.services import Parts, parts_of
from h5app.sessions import OPEN_FOR, Session
from h5app.tables import placed
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.orders import Order, OrderState
from partner_adapters.identity.policy import Action
from partner_adapters.kit.durable.store import DatabaseAway
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed, NotSent, OutcomeUnknown

EARLIER = {"earlier": "1"}
"""In the query of the order's page: what was just typed was not sent, this is what was confirmed before."""


async def place(
    request: Request,
    intent: Intent,
    send: Callable[[], Awaitable[Order]],
    *,
    at_once: str | None = None,
    acting: Action | None = None,
) -> Response:
    """Send the command and go (303) to `/orders/{intent}`, also when its outcome is unknown.

    `at_once`: the route to go to instead when the order has already succeeded. `acting`: the action that needed a
    check; a check that serves it once is spent when the bank has the order. A form that was kept is kept no longer.
    Raises `Problem` or `NotSent`: nothing happened by this, and the same form with the same intent may be sent again.
    """
    parts, visit = parts_of(request), visit_of(request)
    try:
        earlier = await _note(parts, visit.person, intent, visit.now)
    except DatabaseAway as error:
        raise NotSent("h5app", "the intent could not be noted") from error
    if earlier:
        return see_other(request, "order", EARLIER, intent=earlier)
    order: Order | None = None
    query: dict[str, str] | None = None
    try:
        order = await send()
    except (Problem, NotSent) as error:
        if not isinstance(error, Problem) or error.code != "intent.reused":
            await _refused(parts, intent.key)
            raise
        # Another tab, or the back button, confirmed something else with it: what happened then is the truth,
        # and the page says that this is it.
        order, query = await _found(visit, intent), EARLIER
    except OutcomeUnknown:
        pass
    if draft_id := (await Form.posted(request)).values[drafts.QUERY]:
        await drafts.erase(parts, visit.person, draft_id)
    if order is not None and acting is not None and visit.person.check_for == acting:
        await sessions.erase_check(parts, visit.person)
    if at_once and order is not None and order.state is OrderState.SUCCEEDED:
        await settle(parts, intent.key, visit.now)
        return see_other(request, at_once)
    return see_other(request, "order", query, intent=intent.key)


async def before(request: Request) -> Response | None:
    """Where a form leads that could not go out: to what an earlier tap of the like may have done, if there was one.

    Raises `DatabaseAway`: nobody can tell.
    """
    visit, token = visit_of(request), (await Form.posted(request)).values[intents.FIELD]
    unseen = _unseen(visit.person)
    for row in await parts_of(request).store.read(lambda conn: conn.execute(unseen).all()):
        with suppress(Problem):
            mine = intents.open_(visit, row.purpose, token).key == row.key
            return see_other(request, "order", None if mine else EARLIER, intent=row.key)
    return None


async def _found(visit: Visit, intent: Intent) -> Order | None:
    with suppress(Problem, CallFailed):
        return await visit.core.orders.get(intent.key)
    return None


async def settle(parts: Parts, key: str, now: datetime) -> None:
    """The outcome is known and about to be shown: what the person confirms next is another intent."""
    mine = [placed.c.key == key, placed.c.settled_at.is_(None)]
    with suppress(DatabaseAway):  # known is known: the next look at the order settles it
        await parts.store.write(lambda conn: conn.execute(update(placed).where(*mine).values(settled_at=now)))


async def _refused(parts: Parts, key: str) -> None:
    """Nothing came of this sending; when nothing can come of any other, the intent was never placed."""
    mine = placed.c.key == key

    def write(conn: Connection) -> None:
        conn.execute(update(placed).where(mine).values(unrefused=placed.c.unrefused - 1))
        conn.execute(delete(placed).where(mine, placed.c.unrefused <= 0))

    with suppress(DatabaseAway):
        await parts.store.write(write)


async def _note(parts: Parts, session: Session, intent: Intent, now: datetime) -> str:
    """Note that the intent is being sent, for the first time or again. Instead, the key of an earlier one of its
    purpose whose outcome nobody has seen yet: whoever lost the answer on the way and confirms the like again means
    that one.
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

    return await parts.store.write(write)


def _unseen(session: Session) -> Select[Any]:
    """Key and purpose of what this session confirmed and nobody has seen the outcome of, the newest first."""
    return (
        select(placed.c.key, placed.c.purpose)
        .where(placed.c.session_ref == session.ref, placed.c.settled_at.is_(None))
        .order_by(placed.c.placed_at.desc())
    )


async def when_placed(parts: Parts, session: Session, key: str) -> tuple[str, datetime] | None:
    """Purpose of an intent this person placed here, and when it was last sent; None for any other."""
    row = await parts.store.read(
        lambda conn: conn.execute(
            select(placed.c.purpose, func.coalesce(placed.c.sent_at, placed.c.placed_at)).where(
                placed.c.key == key,
                placed.c.partner == session.partner,
                placed.c.customer_id == session.customer_id,
            )
        ).first()
    )
    return (row[0], row[1]) if row else None
