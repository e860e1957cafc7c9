"""`/me/consents/give/{purpose}`: one consent that an action needs, or that was withdrawn, to give now or again.

`next` names the page that needed it. The customer comes back there, and their form is filled as it was.
"""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from h5app import status_question
from h5app.confirming import consents, drafts, intents, step_up
from h5app.guard import signed_in
from h5app.page import link, render, see_other
from h5app.services import services_of
from h5app.visit import visit_of
from partner_adapters.core_bank.events import STATUS_CONSENT
from partner_adapters.kit.pages.addresses import safe_return
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.problems import Problem

PURPOSE = re.compile("[a-z_]{1,48}")


@signed_in
async def show(request: Request) -> Response:
    return await _page(request, request.query_params.get("next", ""))


@signed_in
async def submit(request: Request) -> Response:
    form, purpose = await Form.posted(request), request.path_params["purpose"]
    if purpose == STATUS_CONSENT and form.values["answer"] == "no":
        await status_question.refuse(request)
        return see_other(request, "home")
    try:
        await consents.give(request, purpose, form.values[intents.FIELD])
    except Problem as problem:
        if problem.code in ("consent.text_changed", "intent.stale"):
            return await _page(request, form.values["next"], changed=True)
        raise
    return_to = _return_to(request, form.values["next"])
    if draft_id := drafts.id_in(return_to):
        await drafts.mark_consented(services_of(request), visit_of(request).live_session, draft_id)
    return RedirectResponse(return_to, 303)


async def _page(request: Request, wanted: str, *, changed: bool = False) -> Response:
    visit, return_to = visit_of(request), _return_to(request, wanted)
    purpose = request.path_params["purpose"]
    if not PURPOSE.fullmatch(purpose):
        raise Problem(404, "consent.unknown_purpose")
    text = (await visit.core.consents.texts([purpose]))[0]
    waits = text.purpose == step_up.FACE_CONSENT and await step_up.find_pending(request, return_to)
    return render(
        request,
        "me/give_consent.html",
        409 if changed else 200,
        text=text,
        intent=consents.issue(visit, text),
        next=wanted,
        return_to=return_to,
        filled=await _is_filled(request, return_to),
        without_face=step_up.link_without_face(request, return_to) if waits else None,
        # Nothing that the customer does waits for it.
        may_refuse=purpose == STATUS_CONSENT,
        changed=changed,
    )


async def _is_filled(request: Request, address: str) -> bool:
    """Whether the page at this address comes back with what the customer filled in."""
    owner, draft_id = visit_of(request).live_session, drafts.id_in(address)
    saved = await drafts.read(services_of(request), owner, draft_id) if draft_id else None
    return saved is not None and any(saved.values.values())


def _return_to(request: Request, wanted: str) -> str:
    return safe_return(visit_of(request).partner.id, wanted) or link(request, "consents")
