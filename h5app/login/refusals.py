"""Why a login or a face check failed, for the log: at which partner, in which step, by which field, who refused."""

from __future__ import annotations

from collections.abc import Mapping

import structlog
from starlette.requests import Request

from h5app.login.failed import PAGES, LoginFailed
from h5app.visit import visit_of
from partner_adapters.identity.errors import Code, IdentityError
from partner_adapters.kit.observed.request_notes import note_code
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed

log = structlog.get_logger()
Failure = IdentityError | LoginFailed | Problem | CallFailed

# The codes with which a host refused us, or did not answer. Every other code means that we refused what it sent.
BY_HOST = frozenset(
    {
        Code.REFUSED,
        Code.CODE_REPLAYED,
        Code.UNAVAILABLE,
        Code.FACE_FAILED,
        Code.NO_FACE_CHECK,
        Code.FROM_APP_ONLY,
    }
)
# The field that a code is about, where the adapter names none.
FIELDS: Mapping[Code, str] = {
    Code.STATE_MISMATCH: "state",
    Code.WRONG_ISSUER: "iss",
    Code.WRONG_AUDIENCE: "aud",
    Code.WRONG_NONCE: "nonce",
    Code.WRONG_SUBJECT: "sub",
    Code.WRONG_TOKEN_HASH: "at_hash",
    Code.EXPIRED: "exp",
    Code.STALE: "auth_time",
    Code.UNKNOWN_KEY: "kid",
    Code.BAD_SIGNATURE: "signature",
}


def record(request: Request, error: Failure, step: str) -> str:
    """Log the failure and return the code of its page. `step` is ours, where the error names none of its own."""
    told = {"step": step} | _describe(error, step)
    note_code(told["code"])
    log.warning("login.failed", partner=visit_of(request).partner.id, **told)
    return page_code(error)


def page_code(error: Failure) -> str:
    """Return the code that decides the page. A refusal of the bank never shows the page of a refused host."""
    if isinstance(error, CallFailed):
        return "bank.no_answer"
    if isinstance(error, Problem) and error.code not in PAGES.keys() - set(Code):
        return "bank.refused"
    return str(error.code)


def _describe(error: Failure, step: str) -> dict[str, str]:
    match error:
        case IdentityError():
            return _of_identity(error, step)
        case Problem():
            field = error.errors[0].field if error.errors else ""
            told = {"code": error.code, "side": "core", "step": "identify", "reason": error.detail}
            return told | ({"field": field} if field else {})
        case CallFailed():
            told = {"code": "bank.no_answer", "side": "core", "step": "identify"}
            return told | {"upstream": error.upstream, "reason": error.reason}
        case LoginFailed():
            return {"code": error.code, "side": "h5app"}


def _of_identity(error: IdentityError, step: str) -> dict[str, str]:
    # A detail is `step: what`, or only what. It is a text of ours and repeats nothing that was sent.
    named, is_named, what = error.detail.partition(": ")
    field = what if is_named else named
    if not field or field == step:
        field = FIELDS.get(error.code, "")
    told = {"code": str(error.code), "side": _side_of(error.code)}
    return told | ({"step": named} if is_named else {}) | ({"field": field} if field else {})


def _side_of(code: Code) -> str:
    if code is Code.CANCELLED:
        return "customer"
    return "host" if code in BY_HOST else "h5app"
