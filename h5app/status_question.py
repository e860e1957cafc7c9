"""Whether the home page asks the customer if the bank may tell the partner how things stand.

It asks where the partner wants it and the customer said neither yes nor no. A no is kept here and never asked again;
the bank keeps a yes. Nothing else depends on the answer.
"""

from __future__ import annotations

from contextlib import suppress

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError
from starlette.requests import Request

from h5app.confirming.consents import ConsentsOverview
from h5app.services import services_of
from h5app.tables import status_refusals
from h5app.visit import visit_of
from partner_adapters.core_bank.consents import ConsentText
from partner_adapters.core_bank.customers import Overview
from partner_adapters.core_bank.events import STATUS_CONSENT
from partner_adapters.kit.values.problems import Problem

_t = status_refusals.c


async def is_open(request: Request, overview: Overview) -> bool:
    """Whether home asks the customer."""
    wanted = visit_of(request).partner.asks_status
    return wanted and overview.status_consent == "unasked" and not await is_refused(request)


async def is_refused(request: Request) -> bool:
    """Whether the customer said no."""
    owner = visit_of(request).live_session
    own = select(_t.refused_at).where(_t.partner == owner.partner, _t.customer_id == owner.customer_id)
    return await services_of(request).store.read(lambda conn: conn.execute(own).first()) is not None


async def refuse(request: Request) -> None:
    """Record that the customer said no. A second no changes nothing."""
    services, owner = services_of(request), visit_of(request).live_session
    row = {
        "partner": owner.partner,
        "customer_id": owner.customer_id,
        "refused_at": services.clock.wall(),
    }

    def write(conn: Connection) -> None:
        conn.execute(insert(status_refusals).values(**row))

    with suppress(IntegrityError):
        await services.store.write(write)


async def find_text(request: Request, consents: ConsentsOverview) -> ConsentText | None:
    """Return the text of the consent that can be given here, None once it was given or where the bank has none."""
    visit = visit_of(request)
    known = (*consents.standing, *consents.withdrawn)
    if not visit.partner.asks_status or any(
        each.purpose == STATUS_CONSENT and each.partner == visit.partner.id for each in known
    ):
        return None
    try:
        return (await visit.core.consents.texts([STATUS_CONSENT]))[0]
    except Problem as problem:
        if problem.code != "consent.unknown_purpose":
            raise
        return None
