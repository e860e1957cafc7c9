"""`/face`: a new face check at the partner for an action that needs one; then back to the same form. A partner without
face checks leads to the way without."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from h5app.confirming import step_up
from h5app.guard import signed_in
from h5app.login import attempts
from h5app.page import link
from h5app.pages.login import callback
from h5app.visit import visit_of
from partner_adapters.identity.errors import Code, IdentityError
from partner_adapters.kit.pages.addresses import safe_return


@signed_in
async def show(request: Request) -> Response:
    """`next`: the form that waits."""
    wanted = safe_return(visit_of(request).partner.id, request.query_params.get("next", ""))
    return_to = wanted or link(request, "home")
    try:
        return await attempts.begin(request, return_to, fresh=True)
    except IdentityError as error:
        if error.code == Code.NO_FACE_CHECK and (without := step_up.way_without(request, return_to)):
            return RedirectResponse(without, 303)
        return callback.failed(request, error.code, return_to, fresh=True)
