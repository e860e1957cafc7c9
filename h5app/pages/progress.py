"""`/progress?view=…`: how one request stands, in a frame of the partner's page, without cookies and without a login.

It stands open to anyone who holds the phone. So it shows states only: no name, no amount, nothing to send.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from h5app import progress_views
from h5app.page import render
from h5app.progress import Progress, read_progress
from h5app.progress_views import ProgressView
from h5app.services import services_of
from h5app.visit import visit_of
from partner_adapters.core_bank.client import CoreBank
from partner_adapters.core_bank.events import Status
from partner_adapters.kit.durable.store import DatabaseAway
from partner_adapters.kit.observed.request_id import current_request_id
from partner_adapters.kit.pages import errors
from partner_adapters.kit.pages.addresses import own_address
from partner_adapters.kit.pages.security.csp import PagePolicy
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed

# What sdk/js tells the partner's page: to ask its server for another view.
EXPIRED = "page.expired"


async def show(request: Request) -> Response:
    """`view`: the secret of a progress view. `lang` and `ui`: the look that the partner's page asks for."""
    visit = visit_of(request)
    # frame.js has to speak also where the browser does not say that this is a frame.
    request.state.visit = replace(visit, framed=bool(visit.partner.frame_ancestors))
    request.state.page_policy = PagePolicy(frame_ancestors=visit.partner.frame_ancestors)
    try:
        response = await _page(request)
    except (CallFailed, DatabaseAway, Problem) as error:
        failure = errors.classify(request, error)
        errors.record(failure, error)
        # The bank's refusal of our own call is its fault or ours, and never the visitor's.
        status = failure.status if failure.status >= 500 else 502
        response = _said(request, "progress/away.html", status, "page.no_answer")
    # The address is the key to this page.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


async def _page(request: Request) -> Response:
    services, visit = services_of(request), visit_of(request)
    secret, now = request.query_params.get(progress_views.QUERY, ""), services.clock.wall()
    view = await services.store.read(lambda conn: progress_views.find(conn, visit.partner.id, secret, now))
    if view is None:
        return _said(request, "progress/expired.html", 410, EXPIRED)
    progress = await _read(visit.core, view)
    if progress is None:
        return _said(request, "progress/nothing.html", 404, "page.not_found")
    return render(request, "progress/show.html", progress=progress, again=own_address(request))


async def _read(core: CoreBank, view: ProgressView) -> Progress | None:
    reference, order = view.external_reference or "", view.order or ""
    found, told, orders = await asyncio.gather(
        core.statuses.list(external_reference=reference, order=order),
        core.events.of(external_reference=reference, order=order),
        _order(core, view.order),
    )
    return read_progress([*orders, *found.items], told.items)


async def _order(core: CoreBank, reference: str | None) -> Sequence[Status]:
    """Return the order that a view names, if it may be told."""
    if reference is None:
        return []
    try:
        return [await core.statuses.get("order", reference)]
    except Problem as problem:
        if problem.code != "status.unknown":
            raise
        return []


def _said(request: Request, template: str, status: int, code: str) -> Response:
    """Return a page that tells the partner's page around it that it shows no progress, and why."""
    return render(
        request,
        template,
        status,
        trouble=code,
        again=own_address(request),
        reference=current_request_id(),
    )
