"""A fresh face check where an action needs one; the bank checks the same signed word again.

    evidence = await step_up.fresh(request, "drawdown", form)
    if isinstance(evidence, Response):
        return evidence

The form is kept on the server while the person is away; they come back to the page that asked, filled as it was, with
`visit.kept.why == "face"`, and its button finishes. Nothing is executed by coming back.
"""

from __future__ import annotations

from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from h5app.forms import Form
from h5app.links import see_other
from h5app.parts import parts_of
from h5app.security import csrf_token, drafts, sessions
from h5app.visit import visit_of
from partner_adapters.core_bank.wire import Evidence

Action = Literal["account_opening", "contract_signing", "drawdown"]


def is_fresh(request: Request) -> bool:
    """Whether the partner saw the person recently enough, so that no further check is asked for."""
    parts = parts_of(request)
    age = parts.clock.wall() - visit_of(request).person.checked_at
    return age.total_seconds() < parts.settings.step_up_max_age_s


async def fresh(request: Request, _action: Action, form: Form) -> Evidence | Response:
    """The partner's signed word, fresh enough for the action, or the redirect that gets one."""
    parts, session = parts_of(request), visit_of(request).person
    if is_fresh(request):
        return Evidence(id_token=sessions.evidence_of(parts, session))
    return await ask(request, form)


async def ask(request: Request, form: Form) -> Response:
    """Keep the form and send the person to the face check. Also when the bank says `step_up.required`."""
    parts, session = parts_of(request), visit_of(request).person
    typed = {name: value for name, value in form.values.items() if name != csrf_token.FIELD}
    draft_id = await drafts.keep(parts, session, "face", typed)
    return see_other(request, "face", {"next": f"{request.url.path}?{drafts.QUERY}={draft_id}"})
