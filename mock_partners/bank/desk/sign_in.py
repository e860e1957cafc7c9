"""Signing in at the staff's OpenID provider, and out."""

from __future__ import annotations

import re
from functools import wraps

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mock_partners.bank.desk.pages import Page, render, see_other
from mock_partners.bank.desk.services import desk_of
from mock_partners.bank.desk.sessions import begin, current, end
from partner_adapters.identity.errors import IdentityError
from partner_adapters.identity.host import Attempt, Redirect
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.pages.security.csp import PagePolicy
from partner_adapters.kit.pages.security.secrets import new_secret
from partner_adapters.kit.values.settings import origin_of
from partner_adapters.kit.web.logs import log

# The pages to which a sign-in may lead.
_NEXT = re.compile(r"/reviews/[0-9a-f]{32}")


def signed_in(page: Page) -> Page:
    """Let only staff who have signed in reach this page."""

    @wraps(page)
    async def guarded(request: Request) -> Response:
        if current(request) is None:
            wanted = request.url.path.removeprefix(desk_of(request).site)
            query = f"?next={wanted}" if _NEXT.fullmatch(wanted) else ""
            return see_other(request, f"/sign-in{query}")
        return await page(request)

    return guarded


async def show(request: Request) -> Response:
    """GET: the page with the button that leads to the provider."""
    if current(request) is not None:
        return see_other(request, "/")
    return _page(request)


async def start(request: Request) -> Response:
    """POST: begin an attempt and redirect to the provider."""
    desk, wanted = desk_of(request), (await Form.posted(request)).values["next"]
    secret = new_secret()
    try:
        redirect = await desk.provider.start(_attempt(request, secret))
    except IdentityError as error:
        return _failed(request, error)
    assert isinstance(redirect, Redirect)
    response = RedirectResponse(redirect.url, 303)
    await begin(
        request,
        response,
        attempt=desk.signing.seal(secret),
        next=wanted if _NEXT.fullmatch(wanted) else "/",
    )
    return response


async def callback(request: Request) -> Response:
    """GET: the provider's answer. Whatever it says, the attempt is over; a success begins a new session."""
    desk, found = desk_of(request), request.state.staff
    if found is None or not found.attempt:
        return see_other(request, "/sign-in")
    try:
        login = await desk.provider.finish(
            request.query_params,
            _attempt(request, found.attempt),
            max_age_s=desk.settings.signed_in_minutes * 60,
        )
    except IdentityError as error:
        response = _failed(request, error)
        await end(request, response)
        return response
    response = see_other(request, found.next or "/")
    name = getattr(login.identity.holder, "name", None) or login.identity.subject
    await begin(request, response, statement=desk.signing.seal(login.statement.evidence), name=name)
    log.info("desk.signed_in", operator=login.identity.subject)
    return response


async def sign_out(request: Request) -> Response:
    """POST: end the session."""
    response = see_other(request, "/sign-in")
    await end(request, response)
    return response


def _attempt(request: Request, secret: str) -> Attempt:
    desk = desk_of(request)
    return Attempt(
        redirect_uri=f"{desk.settings.base_url}/callback",
        secret=secret,
        fresh=True,
        max_age_s=desk.settings.signed_in_minutes * 60,
    )


def _page(request: Request, status: int = 200, problem: str = "") -> Response:
    # The form's answer redirects to the provider.
    request.state.page_policy = PagePolicy(form_action=(origin_of(desk_of(request).settings.issuer),))
    wanted = request.query_params.get("next", "")
    settings = desk_of(request).settings
    bounds = {"signed_in_minutes": settings.signed_in_minutes, "idle_minutes": settings.idle_minutes}
    return render(request, "sign_in.html", status, problem=problem, next=wanted, **bounds)


def _failed(request: Request, error: IdentityError) -> Response:
    log.warning("desk.sign_in_failed", code=error.code)
    return _page(request, 503 if "unavailable" in error.code else 400, error.code)
