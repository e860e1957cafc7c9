"""`signed_in`: a page for logged-in customers. Others log in first and come back to it, with what they typed."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import wraps

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from h5app import sessions
from h5app.confirming import drafts, step_up
from h5app.page import Page, link, refuse_as_text, render, see_other
from h5app.services import services_of
from h5app.sessions import left_cookie
from h5app.visit import Visit, visit_of
from partner_adapters.kit.pages.addresses import own_address
from partner_adapters.kit.pages.security.cookies import read_cookie
from partner_adapters.kit.values.pictures import BOUNDS
from partner_adapters.kit.values.problems import Problem

# A callback's token is `state`, which is secret and bound to this browser: its page may be older than the session.
HOST_RESPONSE = re.compile(r"/[^/]+/callback")
# Takes files: a whole form, or pieces of one.
TAKES_FILES = re.compile(r"/[^/]+/(account/open/document|applications/[^/]+/papers)(/[^/]+)?")
# A form with both photographs of an identity card, or with two papers, and its fields.
MOST_FORM_BYTES = 2 * BOUNDS.most_bytes + 64 * 1024
# Makes the browser forget the pages that it keeps for its back button.
FORGET = {"Clear-Site-Data": '"cache"'}


def signed_in(page: Page) -> Page:
    """Guard `page`: inside it, `visit.live_session` is the live session and `visit.saved_form` the form to resume."""

    @wraps(page)
    async def guarded(request: Request) -> Response:
        visit = visit_of(request)
        if visit.session is None:
            return await _without_session(request)
        draft_id = request.query_params.get(drafts.QUERY, "")
        if draft_id and request.method == "GET":
            saved = await drafts.read(services_of(request), visit.session, draft_id)
            request.state.visit = replace(visit, saved_form=saved and step_up.expire_check(request, saved))
        return await page(request)

    return guarded


def signed_in_reader(page: Page) -> Page:
    """Guard a document that the browser shows. Any other request without a session gets text.

    Android's web views show no PDF. They hand its address to a download manager, which sends no cookie, follows
    redirects and would save the login page as the document.
    """
    guarded = signed_in(page)

    @wraps(page)
    async def answered(request: Request) -> Response:
        visit = visit_of(request)
        known = visit.session or visit.lapsed
        if known is None and request.headers.get("sec-fetch-mode") != "navigate":
            return refuse_as_text(401, "download.no_session")
        return await guarded(request)

    return answered


async def _without_session(request: Request) -> Response:
    """Return the redirect to the login; for a customer who left just now, the page that says so and offers it."""
    services, visit = services_of(request), visit_of(request)
    login = {"next": await _return_address(request)} | visit.look_query
    response: Response
    if request.method == "GET" and read_cookie(request, left_cookie(services.settings, visit.partner.id)):
        # Some hosts log in without asking. Back would then show everything again to another holder of the phone.
        response = render(request, "login/left.html", again=link(request, "enter", login))
    else:
        response = see_other(request, "enter", login)
    if visit.lapsed is not None:
        response.headers.update(FORGET)
    return response


async def _return_address(request: Request) -> str:
    """Return the address to come back to after the login. A form of a lapsed session is saved and not executed."""
    visit = visit_of(request)
    if request.method == "GET":
        return own_address(request)
    if visit.lapsed is None:
        return request.url.path
    return await drafts.save_posted(request, visit.lapsed, "lapsed")


def names_partner(request: Request) -> bool:
    """Whether the path names a partner of ours, so that a page may stand there."""
    return hasattr(request.state, "visit")


def is_posted_answer(request: Request) -> bool:
    """Whether a form at `/callback` is the answer of a host that posts its answers, from its own site."""
    visit: Visit | None = getattr(request.state, "visit", None)
    if visit is None or not HOST_RESPONSE.fullmatch(request.url.path):
        return False
    return services_of(request).partners[visit.partner.id].identity.posts_answer


def form_owner(request: Request) -> str | None:
    """Return the reference of the session, live or lapsed, that a form of this request must have been issued to."""
    visit: Visit | None = getattr(request.state, "visit", None)
    known = (visit.session or visit.lapsed) if visit else None
    return known.ref if known else None


async def keep_stale_form(request: Request, issued_to: str) -> Response:
    """Show a form that was issued to an earlier session of the same customer again, filled in and not sent.

    Raise `Problem` 403 `csrf.token` where the two sessions are not the same customer's.
    """
    visit = visit_of(request)
    same = visit.session and await sessions.is_of_same_person(services_of(request), issued_to, visit.session)
    if visit.session is None or not same:
        raise Problem(403, "csrf.token")
    return RedirectResponse(await drafts.save_posted(request, visit.session, "lapsed"), 303)
