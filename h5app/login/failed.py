"""A login or a face check that failed: the exception, and the page that says why and what to do next."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming import step_up
from h5app.login.records import LoginAttempt
from h5app.page import link, render
from h5app.services import services_of
from h5app.visit import visit_of
from partner_adapters.identity.errors import Code
from partner_adapters.kit.observed.request_id import current_request_id

# Error code → template under `login/`. Every other code shows `untrusted`.
PAGES = {
    Code.CANCELLED: "cancelled",
    Code.FACE_FAILED: "face_failed",
    Code.VIRTUAL_ACCOUNT: "virtual_account",
    Code.NO_FACE_CHECK: "no_face_check",
    Code.AT_COUNTER: "at_counter",
    Code.STALE: "stale",
    Code.CODE_REPLAYED: "stale",
    Code.EXPIRED: "stale",
    Code.FROM_APP_ONLY: "from_app",
    Code.UNAVAILABLE: "unavailable",
    Code.CLOCK: "clock",
    "login.stale": "stale",
    # The consent is to be asked for again.
    "consent.missing": "stale",
    "consent.text_changed": "stale",
    "login.answered": "stale",
    "login.launch_used": "launch_used",
    "login.unknown": "unknown",
    "login.other_person": "other_person",
    "login.not_kept": "not_kept",
    "bank.no_answer": "bank_away",
    "bank.refused": "bank_refused",
}
STATUS = {
    "unavailable": 503,
    "bank_away": 503,
    "bank_refused": 502,
    "clock": 502,
    "untrusted": 502,
    "other_person": 403,
    "virtual_account": 403,
    "at_counter": 403,
}


class LoginFailed(Exception):
    """A response of the partner, or an identity it handed over, cannot be used in this browser.

    `code`: `login.unknown`, `login.stale`, `login.answered`, `login.launch_used`, `login.other_person` or
    `login.not_kept`. `attempt`: the attempt that the response names, if there is one. `return_to`: the page that the
    customer wants, where an arrival of this browser or the secret of a launch says so. `resumes`: whether the session
    of this browser came from the same launch or arrival, so that a reload may go on in it.
    """

    def __init__(
        self, code: str, attempt: LoginAttempt | None = None, return_to: str = "", *, resumes: bool = False
    ) -> None:
        super().__init__(code)
        self.code = code
        self.attempt = attempt
        self.return_to = return_to
        self.resumes = resumes


def failed_page(
    request: Request,
    code: str,
    return_to: str,
    *,
    fresh: bool,
    status: int | None = None,
    in_use: bool = False,
) -> Response:
    """Return the page for a login, or a face check (`fresh`), that failed. `status` replaces the page's own.

    `in_use`: whether another customer has a session in this browser, so that no link may lead on.

    `refusals.record` writes the failure to the log and returns its code.
    """
    page = PAGES.get(code, "untrusted")
    host = services_of(request).partners[visit_of(request).partner.id].identity
    return render(
        request,
        f"login/{page}.html",
        status or STATUS.get(page, 400),
        again=link_to_start(request, return_to, fresh=fresh),
        back=return_to if fresh else None,
        without_face=step_up.link_without_face(request, return_to) if fresh else None,
        fresh=fresh,
        has_login_page=host.has_login_page,
        in_use=in_use,
        reference=current_request_id(),
        trouble=f"login.{page}",
    )


def link_to_start(request: Request, return_to: str, *, fresh: bool) -> str:
    """Return the address that starts the login, or the face check (`fresh`), once more."""
    return link(request, "face" if fresh else "enter", {"next": return_to})
