"""Registering a customer, which may ask the partner, and consent texts, which take query parameters."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from mock_partners.bank.core.customers.identify import identify
from mock_partners.bank.core.kernel.access import authorise
from mock_partners.bank.core.kernel.services import core_of
from partner_adapters.core_bank.consents import ConsentTexts
from partner_adapters.core_bank.customers import IdentityStatement
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.json_answers import answer, read

MAX_PURPOSES = 10


async def register(request: Request) -> Response:
    """Answer the customer whom the partner's statement is about."""
    core, ctx = core_of(request), authorise(request)
    return answer(await identify(core, ctx, await read(request, IdentityStatement)))


async def consent_texts(request: Request) -> Response:
    """Answer the current texts of the named purposes, in their order."""
    ctx = authorise(request)
    purposes = request.query_params.getlist("purpose")
    if not 1 <= len(purposes) <= MAX_PURPOSES:
        raise Problem(422, "consent.purposes_missing", "name one to ten purposes")
    return answer(ConsentTexts(items=[ctx.texts.current(ctx.bank_id, purpose) for purpose in purposes]))
