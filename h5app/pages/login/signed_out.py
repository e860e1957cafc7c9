"""`/signed-out`: a host's server says that a customer signed out there, or lost the phone.

For machines: 200 without content, errors as RFC 9457 problems. The notice is signed, and needs no other credential.
"""

from __future__ import annotations

import structlog
from starlette.requests import Request
from starlette.responses import Response

from h5app.login import signed_out
from h5app.login.failed import LoginFailed
from h5app.services import services_of
from h5app.visit import visit_of
from partner_adapters.identity.errors import IdentityError, IdentityUnavailable
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.content_types import read_form
from partner_adapters.kit.web.errors import respond

NO_STORE = {"Cache-Control": "no-store"}
log = structlog.get_logger()


async def submit(request: Request) -> Response:
    """Answer 200 once the sessions have ended. The form holds `logout_token`, or the fields of a signed notice."""
    partner = visit_of(request).partner.id
    try:
        count = await _end(request)
    except Problem as problem:
        log.warning("host.sign_out_refused", partner=partner, code=problem.code)
        return respond(problem)
    log.info("host.signed_out", partner=partner, count=count)
    return Response(status_code=200, headers=NO_STORE)


async def _end(request: Request) -> int:
    partner = visit_of(request).partner.id
    host = services_of(request).partners[partner].identity
    form = {name: str(value) for name, value in (await read_form(request)).items()}
    if not host.tells_sign_out:
        raise Problem(404, "sign_out.not_offered", f"{partner} has no credential for notices of a sign-out")
    try:
        return await signed_out.end_sessions(request, await host.read_sign_out(form))
    except IdentityUnavailable as error:
        raise Problem(503, error.code, "the host's keys cannot be fetched") from error
    except IdentityError as error:
        raise Problem(400, error.code, error.detail) from error
    except LoginFailed:
        raise Problem(400, "sign_out.replayed", "this notice was received before") from None
