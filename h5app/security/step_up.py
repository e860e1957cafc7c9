"""A fresh face check where an action needs one; the bank checks the same signed word again.

    evidence = await step_up.fresh(request, "drawdown", form)
    if isinstance(evidence, Response):
        return evidence

The form is kept on the server while the person is away; they come back to the page that asked, filled as it was, with
`visit.kept.why == "face"`, and its button finishes. Nothing is executed by coming back.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.forms import Form
from h5app.links import see_other
from h5app.parts import parts_of
from h5app.security import csrf_token, drafts, sessions
from h5app.visit import visit_of
from partner_adapters.core_bank.wire import Evidence
from partner_adapters.identity.policy import Action

SPARE_S = 30
"""A check that ends this soon is asked for anew, so that the bank does not refuse it on the way."""


def is_fresh(request: Request, action: Action) -> bool:
    """Whether the person was checked recently and well enough for the action, so that nothing more is asked for."""
    check, now = visit_of(request).person.check, parts_of(request).clock.wall()
    ways = visit_of(request).partner.step_up.ways(action)
    return any(way.refusal(check, now, SPARE_S) is None for way in ways)


async def fresh(request: Request, action: Action, form: Form) -> Evidence | Response:
    """The partner's word, fresh enough for the action, or the redirect that gets one."""
    if is_fresh(request, action):
        return Evidence(statement=sessions.evidence_of(parts_of(request), visit_of(request).person))
    return await ask(request, form)


async def ask(request: Request, form: Form) -> Response:
    """Keep the form and send the person to the face check. Also when the bank says `step_up.required`."""
    parts, session = parts_of(request), visit_of(request).person
    typed = {name: value for name, value in form.values.items() if name != csrf_token.FIELD}
    draft_id = await drafts.keep(parts, session, "face", typed)
    return see_other(request, "face", {"next": f"{request.url.path}?{drafts.QUERY}={draft_id}"})
