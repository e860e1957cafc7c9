"""Start a login or a face check: record the attempt, then send the customer to the partner or to its bridge."""

from __future__ import annotations

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from h5app.confirming import step_up
from h5app.login import attempts, bindings
from h5app.page import link, render
from h5app.services import services_of
from h5app.visit import Visit, visit_of
from partner_adapters.identity.host import AskBridge, Redirect
from partner_adapters.identity.host import Attempt as HostAttempt
from partner_adapters.kit.observed.request_id import current_request_id
from partner_adapters.kit.pages.security.secrets import new_secret
from partner_adapters.kit.values.settings import origin_of


async def start(
    request: Request,
    return_to: str,
    *,
    fresh: bool,
    binding: str | None = None,
    launch_id: str | None = None,
) -> Response:
    """Redirect the customer to the partner, or show the page that asks the host's bridge.

    `fresh`: the partner checks the face of this session's customer now. `binding`: what ties the browser to the
    `launch_id` that begins the login.

    Raises `IdentityError`, and `NotThisBrowser` where the launch is another browser's.
    """
    visit = visit_of(request)
    access = services_of(request).partners[visit.partner.id]
    binding = binding or new_secret()
    attempt = HostAttempt(access.redirect_uri, new_secret(), fresh, max_age_s(visit, fresh=fresh))
    answer = await access.identity.start(attempt)
    await attempts.record(request, attempt, binding, return_to, launch_id)
    response: Response
    if isinstance(answer, Redirect):
        response = RedirectResponse(answer.url, 303)
    else:
        response = _bridge_page(request, answer, attempt.state, return_to if fresh else None)
    bindings.give(request, response, binding)
    return response


def max_age_s(visit: Visit, *, fresh: bool) -> int:
    """Return how old the partner's check may be: 0 for a face check now, for a login what the policy allows."""
    return 0 if fresh else visit.partner.step_up.login[0].max_age_s


def _bridge_page(request: Request, bridge: AskBridge, state: str, pending_form: str | None) -> Response:
    """Return our own page whose script asks the host's bridge and posts what it says to `/callback`."""
    if bridge.script is not None:
        # Only this page's content security policy admits the host's script.
        request.state.page_policy = replace(request.state.page_policy, guest=origin_of(bridge.script))
    return render(
        request,
        "login/bridge.html",
        action=link(request, "callback"),
        fields={"state": state},
        ability=bridge.ability,
        app_id=bridge.app_id,
        ticket_field=bridge.parameter,
        hosts_page=bridge.otherwise,
        bridge_script=bridge.script,
        bridge_names=bridge.names,
        back=pending_form,
        without_face=step_up.link_without_face(request, pending_form) if pending_form else None,
        reference=current_request_id(),
    )
