"""`/launch`: a partner's server posts a signed assertion about a customer (RFC 7523) and gets a launch URL.

For machines: JSON, with errors as RFC 9457 problems. The endpoint needs no other credential than the assertion, which
is signed, names us as audience and is good for one launch.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from h5app.login import launch, refusals
from h5app.login.failed import LoginFailed
from h5app.login.records import ReturnTarget
from h5app.page import link
from h5app.services import services_of
from h5app.visit import visit_of
from partner_adapters.identity.errors import IdentityError, IdentityUnavailable
from partner_adapters.identity.identity import Login
from partner_adapters.kit.pages.addresses import safe_return
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.content_types import read_form
from partner_adapters.kit.web.errors import respond

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
STEP = "launch"
NO_STORE = {"Cache-Control": "no-store"}


async def submit(request: Request) -> Response:
    """Answer 201 with the launch URL. The form holds `grant_type` and `assertion`.

    It may hold `next`, `lang` and `ui`, as at `/enter`.
    """
    try:
        return JSONResponse(await _launch(request), 201, NO_STORE)
    except Problem as problem:
        return respond(problem)


async def _launch(request: Request) -> dict[str, str | int]:
    form = {name: str(value) for name, value in (await read_form(request)).items()}
    partner = visit_of(request).partner.id
    if not services_of(request).partners[partner].identity.launches:
        raise Problem(404, "launch.not_offered", f"{partner} does not log in customers by assertion")
    if form.get("grant_type") != GRANT:
        raise Problem(400, "launch.grant_type", f"grant_type must be {GRANT}")
    target = ReturnTarget(_return_to(request, form.get("next", "")), form.get("lang"), form.get("ui"))
    assertion = form.get("assertion", "")
    login = await _verify(request, assertion)
    try:
        url = await launch.create_url(request, assertion, login, target)
    except LoginFailed:
        raise Problem(409, "launch.replayed", "this assertion has been used: sign a new one") from None
    return {"launch_url": url, "expires_in": launch.LIFE_S}


def _return_to(request: Request, wanted: str) -> str:
    partner = visit_of(request).partner.id
    return_to = safe_return(partner, wanted) if wanted else link(request, "home")
    if return_to is None:
        raise Problem(400, "launch.next", f"next must be an address below /{partner}/")
    return return_to


async def _verify(request: Request, assertion: str) -> Login:
    host = services_of(request).partners[visit_of(request).partner.id].identity
    try:
        return await host.receive(assertion)
    except IdentityUnavailable as error:
        refusals.record(request, error, STEP)
        raise Problem(503, error.code, "the keys at jwks_url cannot be fetched") from error
    except IdentityError as error:
        refusals.record(request, error, STEP)
        raise Problem(401, error.code, error.detail) from error
