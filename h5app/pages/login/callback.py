"""`/callback`: the partner's answer to a login or a face check. Whatever is wrong with it has its own honest page."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from h5app.confirming import step_up
from h5app.login import attempts
from h5app.login.single_use import LoginLost
from h5app.page import link, render
from h5app.services import parts_of
from h5app.visit import look_as, visit_of
from partner_adapters.identity.errors import Code, IdentityError
from partner_adapters.kit.observed.request_id import current_request_id
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed

log = structlog.get_logger()
PAGES = {
    Code.CANCELLED: "cancelled",
    Code.FACE_FAILED: "face_failed",
    Code.VIRTUAL_ACCOUNT: "virtual_account",
    Code.NO_FACE_CHECK: "no_face_check",
    Code.STALE: "stale",
    Code.CODE_REPLAYED: "stale",
    Code.EXPIRED: "stale",
    Code.FROM_APP_ONLY: "from_app",
    Code.UNAVAILABLE: "unavailable",
    "login.stale": "stale",
    "login.answered": "stale",
    "login.unknown": "unknown",
    "login.other_person": "other_person",
    "bank.no_answer": "unavailable",
}
"""Error code → template under `login/`; every other code is `untrusted`."""
STATUS = {"unavailable": 503, "untrusted": 502, "other_person": 403, "virtual_account": 403}


async def show(request: Request) -> Response:
    """The host sent the person back."""
    names = parts_of(request).partners[visit_of(request).partner.id].identity.behind_hash
    if names:
        return await _reads_hash(request, names)
    return await _answered(request, request.query_params)


async def submit(request: Request) -> Response:
    """Our own page sends what the host's bridge, or the address behind `#`, said."""
    form = await request.form()
    return await _answered(request, QueryParams([(name, str(value)) for name, value in form.multi_items()]))


async def _reads_hash(request: Request, names: Sequence[str]) -> Response:
    """A page whose script posts what stands behind `#`, and with it what the query says of the same."""
    said = [(name, value) for name, value in request.query_params.multi_items() if name in names]
    return_to, fresh = await attempts.begun(request) or (link(request, "home"), False)
    again = _again(request, return_to, fresh=fresh)
    return render(request, "login/behind_hash.html", names=names, said=said, again=again)


async def _answered(request: Request, answer: QueryParams) -> Response:
    try:
        attempt = await attempts.take(request, answer)
    except LoginLost as lost:
        # A form without a `state` of this browser is somebody else's.
        status = 403 if request.method == "POST" and lost.attempt is None else None
        return _resume(request, lost) or failed(request, lost.code, *_way_of(request, lost), status=status)
    look_as(request, attempt.lang, attempt.text_size)
    try:
        return await attempts.finish(request, answer, attempt)
    except LoginLost as lost:
        return failed(request, lost.code, attempt.return_to, fresh=attempt.fresh)
    except IdentityError as error:
        # Of a login spent elsewhere the session is here; a face check that the host does not know is none.
        if error.code == Code.CODE_REPLAYED and not attempt.fresh and visit_of(request).session:
            return RedirectResponse(attempt.return_to, 303)
        return failed(request, error.code, attempt.return_to, fresh=attempt.fresh)
    except Problem as problem:
        return failed(request, problem.code, attempt.return_to, fresh=attempt.fresh)
    except CallFailed:
        return failed(request, "bank.no_answer", attempt.return_to, fresh=attempt.fresh)


def failed(
    request: Request, code: str, return_to: str, fresh: bool, *, status: int | None = None
) -> Response:
    """The page for a login, or (`fresh`) a face check, that did not come about. `status`: instead of the page's own."""
    page = PAGES.get(code, "untrusted")
    log.warning("login.failed", code=str(code))
    return render(
        request,
        f"login/{page}.html",
        status or STATUS.get(page, 400),
        again=_again(request, return_to, fresh=fresh),
        back=return_to if fresh else None,
        without_face=step_up.way_without(request, return_to) if fresh else None,
        fresh=fresh,
        reference=current_request_id(),
    )


def _again(request: Request, return_to: str, *, fresh: bool) -> str:
    return link(request, "face" if fresh else "enter", {"next": return_to})


def _resume(request: Request, lost: LoginLost) -> Response | None:
    # Reload, back button, a link opened twice: this browser's login has been answered, so its session goes on.
    answered = lost.code == "login.answered" and lost.attempt and visit_of(request).session
    return RedirectResponse(lost.attempt.return_to, 303) if answered and lost.attempt else None


def _way_of(request: Request, lost: LoginLost) -> tuple[str, bool]:
    if lost.attempt is None:
        return link(request, "home"), False
    look_as(request, lost.attempt.lang, lost.attempt.text_size)
    return lost.attempt.return_to, lost.attempt.fresh and visit_of(request).session is not None
