"""Addresses by their route's name, answers that send on, and which addresses a person may be sent on to."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from h5app.addresses import Addresses
from h5app.visit import visit_of

_OURS = re.compile(r"/[A-Za-z0-9._~/-]*(\?[A-Za-z0-9._~/=&%+-]*)?")
MAX_CHARS = 512


def link(request: Request, name: str, query: dict[str, str] | None = None, **params: Any) -> str:
    """The path of a page of this visit's partner."""
    params.setdefault("partner", visit_of(request).partner.id)
    addresses: Addresses = request.app.state.addresses
    path = addresses.path(name, **params)
    return f"{path}?{urlencode(query)}" if query else path


def see_other(request: Request, name: str, query: dict[str, str] | None = None, **params: Any) -> Response:
    """303: after every POST, and wherever a page sends on."""
    return RedirectResponse(link(request, name, query, **params), 303)


def here(request: Request) -> str:
    """This request's own path and query, to come back to."""
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


def safe_return(partner: str, target: str) -> str | None:
    """`target` if it is a page of this partner, else None: never another host, however it is spelled."""
    inside = target == f"/{partner}" or target.startswith((f"/{partner}/", f"/{partner}?"))
    plain = _OURS.fullmatch(target) is not None and "//" not in target and "/." not in target
    return target if inside and plain and len(target) <= MAX_CHARS else None
