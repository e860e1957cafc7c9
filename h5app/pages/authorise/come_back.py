"""`/authorise/{source}/return`: where the source sends the customer back to, with a code or an error.

Looking at it changes nothing. The customer's tap hands the result to the bank.
"""

from __future__ import annotations

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from h5app.guard import signed_in
from h5app.page import link, render, see_other
from h5app.visit import visit_of
from partner_adapters.core_bank.authorisations import FinishAuthorisation
from partner_adapters.kit.pages.addresses import safe_return
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.problems import Problem

FIELDS = ("state", "code", "error")


@signed_in
async def show(request: Request) -> Response:
    result = {name: request.query_params.get(name, "") for name in FIELDS}
    if not result["state"]:
        return see_other(request, "authorise", source=request.path_params["source"])
    return render(request, "authorise/come_back.html", result=result)


@signed_in
async def submit(request: Request) -> Response:
    visit, form, source = visit_of(request), await Form.posted(request), request.path_params["source"]
    try:
        command = FinishAuthorisation.model_validate({name: form.values[name] or None for name in FIELDS})
        given = await visit.core.authorisations.finish(visit.live_session.customer_id, command)
    except ValidationError:
        return see_other(request, "authorise", {"why": "failed"}, source=source)
    except Problem as problem:
        # An unknown state is another customer's, or made up.
        why = "failed" if problem.code == "authorisation.unknown" else problem.code.partition(".")[2]
        if not problem.code.startswith("authorisation."):
            raise
        wanted = str(problem.params.get("return_to", ""))
        return see_other(request, "authorise", {"why": why, "next": wanted}, source=source)
    return_to = safe_return(visit.partner.id, given.return_to) or link(request, "home")
    return RedirectResponse(return_to, 303)
