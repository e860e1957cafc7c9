"""What can go wrong. Every error is a `SunbridgeError`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class SunbridgeError(Exception):
    """The base of every error that this library raises."""


class ConnectionFailed(SunbridgeError):
    """No connection, or it broke. The call may have been carried out: the same idempotency key finds out."""


class TimedOut(ConnectionFailed):
    """No answer within `timeout`."""


class WebhookError(SunbridgeError):
    """A webhook must not be believed: see the text."""


class SignatureError(SunbridgeError):
    """A signed call to your gateway must not be believed: see the text."""


class ApiError(SunbridgeError):
    """Sunbridge refused the call. `str(error)` has all of the below in one line.

    `status`: of HTTP. `code`: stable, such as `launch.entry_unknown`. `detail`: in words. `field`: the member of the
    request that is wrong, where one is. `request_id`: quote it when you ask us. `docs`: the page about the code.
    """

    def __init__(self, status: int, problem: Mapping[str, Any], request_id: str) -> None:
        self.status = status
        self.code = str(problem.get("code", "") or f"http.{status}")
        self.detail = str(problem.get("detail", "") or problem.get("title", ""))
        self.field: str | None = problem.get("field")
        self.docs: str | None = problem.get("docs")
        self.request_id = str(problem.get("request_id", "") or request_id)
        self.problem = dict(problem)
        said = [f"{self.code} ({status})", self.detail, f"field {self.field}" if self.field else ""]
        known = [f"request {self.request_id}" if self.request_id else "", self.docs or ""]
        super().__init__(", ".join(part for part in (*said, *known) if part))


class InvalidRequest(ApiError):
    """400, 415, 422 and so on: the request is wrong, and repeating it changes nothing."""


class NotAuthenticated(ApiError):
    """401: the key is unknown, revoked, or of the other mode."""


class NotAllowed(ApiError):
    """403: the key lacks a scope."""


class NotFound(ApiError):
    """404: unknown, or told to you no more because the person withdrew the consent."""


class Conflict(ApiError):
    """409: it does not fit the present state."""


class RateLimited(ApiError):
    """429: too many calls, even after the retries."""


class ServerFailed(ApiError):
    """5xx: our fault, even after the retries."""


_BY_STATUS = {401: NotAuthenticated, 403: NotAllowed, 404: NotFound, 409: Conflict, 429: RateLimited}


def error_of(status: int, problem: Mapping[str, Any], request_id: str) -> ApiError:
    """Return the error for an answer other than a success."""
    kind = _BY_STATUS.get(status, ServerFailed if status >= 500 else InvalidRequest)
    return kind(status, problem, request_id)
