"""`/launch`: a partner's server hands over a person (RFC 7523) and gets an address to send their browser to.

For machines: JSON, problems as RFC 9457. The assertion is the only proof that is asked for: it is signed, for us, and
good for one launch.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from h5app.login import arrivals
from h5app.login.arrivals import LAUNCH_LIFE_S
from h5app.login.attempts import Wish
from h5app.login.single_use import LoginLost
from h5app.page import link
from h5app.pages.login.arrive import LAUNCH
from h5app.services import parts_of
from h5app.visit import visit_of
from partner_adapters.identity.errors import IdentityError, IdentityUnavailable
from partner_adapters.kit.pages.addresses import safe_return
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.errors import respond

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
NO_STORE = {"Cache-Control": "no-store"}


async def submit(request: Request) -> Response:
    """Form: `grant_type`, `assertion`, and if wanted `next`, `lang`, `ui` as at `/enter`. 201 with the address."""
    try:
        return JSONResponse(await _launched(request), 201, NO_STORE)
    except Problem as problem:
        return respond(problem)


async def _launched(request: Request) -> dict[str, str | int]:
    parts, visit = parts_of(request), visit_of(request)
    host = parts.partners[visit.partner.id].identity
    if not host.launches:
        raise Problem(404, "launch.not_offered", f"{visit.partner.id} hands nobody over by assertion")
    form = {name: str(value) for name, value in (await request.form()).items()}
    if form.get("grant_type") != GRANT:
        raise Problem(400, "launch.grant_type", f"grant_type must be {GRANT}")
    target = form.get("next", "")
    return_to = safe_return(visit.partner.id, target) if target else link(request, "home")
    if return_to is None:
        raise Problem(400, "launch.next", f"next must be an address below /{visit.partner.id}/")
    assertion = form.get("assertion", "")
    try:
        login = await host.receive(assertion)
    except IdentityUnavailable as error:
        raise Problem(503, error.code, "the keys at jwks_url cannot be fetched") from error
    except IdentityError as error:
        raise Problem(401, error.code, error.detail) from error
    wish = Wish(return_to, form.get("lang"), form.get("ui"))
    try:
        secret = await arrivals.keep(parts, visit.partner.id, assertion, login, wish, None)
    except LoginLost:
        raise Problem(409, "launch.replayed", "this assertion has been used: sign a new one") from None
    path = link(request, "arrive", {LAUNCH: secret})
    return {"launch_url": f"{parts.settings.base_url}{path}", "expires_in": LAUNCH_LIFE_S}
