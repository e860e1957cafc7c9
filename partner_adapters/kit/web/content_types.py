"""The content type of a request: an endpoint reads only what the body claims to be."""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.requests import Request

from partner_adapters.kit.values.problems import Problem

JSON = "application/json"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def require(request: Request, *allowed: str) -> None:
    """Raise `Problem` 415 `request.content_type` unless the body claims one of these types."""
    claimed = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if claimed not in allowed:
        raise Problem(415, "request.content_type", f"send {' or '.join(allowed)}")


async def read_form(request: Request, max_fields: int = 1000) -> FormData:
    """Return the submitted form, without files. Problem 415 if it is not a form. A request without a body is empty."""
    if _has_body(request):
        require(request, *FORMS)
    return await request.form(max_files=0, max_fields=max_fields)


def _has_body(request: Request) -> bool:
    return "transfer-encoding" in request.headers or request.headers.get("content-length", "0") != "0"
