"""`/face`: a new face check at the partner for an action that needs one, then back to the same form.

A partner without face checks leads to the check without a face.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from h5app.confirming import step_up
from h5app.confirming.consents import read_consents
from h5app.guard import signed_in
from h5app.login import refusals
from h5app.login.failed import failed_page
from h5app.login.start import start
from h5app.page import link, see_other
from h5app.visit import visit_of
from partner_adapters.identity.errors import Code, IdentityError
from partner_adapters.kit.pages.addresses import safe_return


@signed_in
async def show(request: Request) -> Response:
    """`next`: the form that waits for the check."""
    wanted = safe_return(visit_of(request).partner.id, request.query_params.get("next", ""))
    return_to = wanted or link(request, "home")
    if visit_of(request).by_face and (await read_consents(visit_of(request))).has_withdrawn(
        step_up.FACE_CONSENT
    ):
        # The app may not check the face first and the customer be asked afterwards.
        return see_other(request, "give_consent", {"next": return_to}, purpose=step_up.FACE_CONSENT)
    try:
        return await start(request, return_to, fresh=True)
    except IdentityError as error:
        if error.code == Code.NO_FACE_CHECK and (without := step_up.link_without_face(request, return_to)):
            return RedirectResponse(without, 303)
        return failed_page(request, refusals.record(request, error, "face"), return_to, fresh=True)
