"""What a guest's form and address carry, because a guest has no session: a signed mark, and a sealed reference."""

from __future__ import annotations

import hashlib
import json

from starlette.requests import Request
from starlette.responses import Response

from h5app.page import see_other
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.cases import FindComplaint
from partner_adapters.kit.pages.security.secrets import new_secret
from partner_adapters.kit.pages.security.signing import Forged
from partner_adapters.kit.values.problems import Problem

# The field that only a guest's form has.
FIELD = "guest"


def issue_mark(visit: Visit) -> str:
    """Return a new mark for the field `FIELD`. Sent twice, a form is the same command."""
    return visit.signing.sign(FIELD, new_secret())


def key_of(visit: Visit, mark: str, *typed: str) -> str:
    """Return the command's key, which follows from the mark and what was typed. Raises `Forged`."""
    content = [visit.signing.unsign(FIELD, mark), *typed]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:40]


def redirect_to_complaint(request: Request, number: str, phone: str) -> Response:
    """Redirect to the page of a complaint. Its address holds number and phone number, sealed."""
    visit = visit_of(request)
    query = {"of": visit.signing.seal(json.dumps([number, phone]))} | visit.look_query
    return see_other(request, "complaint_progress", query)


def redirect_to_freeze_check(request: Request, key: str) -> Response:
    """Redirect to the page of a visitor's card check. Its address holds the check's key, sealed."""
    visit = visit_of(request)
    query = {"of": visit.signing.seal(json.dumps([key]))} | visit.look_query
    return see_other(request, "visitor_freeze_code", query)


def named_freeze_check(request: Request) -> str:
    """Return the key of the check that such an address names. Raises `Problem` 404 `card_check.unknown`."""
    try:
        (key,) = json.loads(visit_of(request).signing.unseal(request.query_params.get("of", "")))
    except Forged:
        raise Problem(404, "card_check.unknown") from None
    return str(key)


def named_complaint(request: Request) -> FindComplaint:
    """Return what such an address names. Raises `Problem` 404 `case.unknown`."""
    try:
        number, phone = json.loads(visit_of(request).signing.unseal(request.query_params.get("of", "")))
    except Forged:
        raise Problem(404, "case.unknown") from None
    return FindComplaint(number=number, phone=phone)
