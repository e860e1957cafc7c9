"""`/enter`: the tile of the super-app, and whoever must log in, begin here. Always a new login: the partner says who.

A live session is no shortcut: the super-app may have another user by now.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.login import attempts
from h5app.login.attempts import Wish
from h5app.page import link, see_other
from h5app.pages.login import arrive, callback, embedded
from h5app.services import parts_of
from h5app.visit import look_as, visit_of
from partner_adapters.identity.errors import IdentityError
from partner_adapters.kit.pages.addresses import safe_return


async def show(request: Request) -> Response:
    """`next`: the page to come back to; `lang` and `ui` (standard, elder, largest): what the host asks for.

    `embed=frame`: the host opens us in a frame.
    """
    partner = visit_of(request).partner
    look_as(request, request.query_params.get("lang"), request.query_params.get("ui"))
    if other := partner.served_by(request.headers.get("user-agent", ""), request.query_params):
        # The same page at the other partner; that one looks again whether it may be returned to.
        asked = dict(request.query_params)
        if asked.get("next", "").startswith(f"/{partner.id}/"):
            asked["next"] = f"/{other}/{asked['next'].removeprefix(f'/{partner.id}/')}"
        return see_other(request, "enter", asked, partner=other)
    if answer := embedded.before_login(request):
        return answer
    wanted = safe_return(partner.id, request.query_params.get("next", ""))
    return_to = wanted or link(request, "home")
    query = request.query_params
    parameter = parts_of(request).partners[partner.id].identity.pushed_as
    try:
        if parameter is not None and parameter in query:
            wish = Wish(return_to, query.get("lang"), query.get("ui"))
            return await arrive.pushed(request, query[parameter], wish)
        return await attempts.begin(request, return_to, fresh=False)
    except IdentityError as error:
        return callback.failed(request, error.code, return_to, fresh=False)
