"""`/enter`: the tile of the super-app opens this address, and every page that needs a login redirects here.

It always starts a new login, even with a live session: the super-app may have another user by now.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.login import arrivals, attempts, ended, frames, launch, refusals
from h5app.login.failed import LoginFailed, failed_page
from h5app.login.records import ReturnTarget
from h5app.login.start import start
from h5app.page import link, see_other
from h5app.services import services_of
from h5app.visit import look_as, visit_of
from partner_adapters.identity.errors import IdentityError
from partner_adapters.kit.pages.addresses import safe_return

STEP = "enter"


async def show(request: Request) -> Response:
    """`next`: the page to come back to. `lang` and `ui` (standard, elder, largest): the look that the host asks for.

    `embed=frame`: the host opens us in a frame. `launch`: the secret of a launch, which decides the page instead.
    """
    partner, query = visit_of(request).partner, request.query_params
    look_as(request, query.get("lang"), query.get("ui"))
    if other := partner.served_by(request.headers.get("user-agent", ""), query):
        return _redirect_to_partner(request, other)
    parameter = services_of(request).partners[partner.id].identity.pushed_as
    pushed = parameter is not None and parameter in query
    # What was pushed leaves the address first: `/arrive` tells it then.
    if response := (None if pushed else ended.tell_why(request)) or frames.check_cookie(request):
        return response
    return_to = safe_return(partner.id, query.get("next", "")) or link(request, "home")
    try:
        if parameter is not None and pushed:
            target = ReturnTarget(return_to, query.get("lang"), query.get("ui"))
            return await arrivals.receive_pushed(request, query[parameter], target)
        if await attempts.is_losing_logins(request):
            code = refusals.record(request, LoginFailed("login.not_kept"), STEP)
            return failed_page(request, code, return_to, fresh=False)
        if launch.QUERY in query:
            return await _begin_launch(request)
        return await start(request, return_to, fresh=False)
    except IdentityError as error:
        return failed_page(request, refusals.record(request, error, STEP), return_to, fresh=False)


async def _begin_launch(request: Request) -> Response:
    try:
        return await launch.begin_login(request)
    except LoginFailed as failure:
        return arrivals.resume_or_fail(request, failure)


def _redirect_to_partner(request: Request, other: str) -> Response:
    """Redirect to the same page at the other partner, which checks for itself whether it may return there."""
    partner, query = visit_of(request).partner.id, dict(request.query_params)
    # A launch is of the partner that made it.
    query.pop(launch.QUERY, None)
    if query.get("next", "").startswith(f"/{partner}/"):
        query["next"] = f"/{other}/{query['next'].removeprefix(f'/{partner}/')}"
    return see_other(request, "enter", query, partner=other)
