"""Error responses of OAuth endpoints (RFC 6749, 5.2; RFC 6750, 3)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


class OAuthError(Exception):
    """An error response. `error` is a registered error code, `challenge` the value of `WWW-Authenticate`."""

    def __init__(self, error: str, status: int = 400, challenge: str = "") -> None:
        super().__init__(error)
        self.error = error
        self.status = status
        self.challenge = challenge


async def respond(_request: Request, error: Exception) -> Response:
    """Return the JSON response to an `OAuthError`."""
    assert isinstance(error, OAuthError)
    headers = {"Cache-Control": "no-store"}
    if error.challenge:
        headers["WWW-Authenticate"] = error.challenge
    return JSONResponse({"error": error.error}, error.status, headers)
