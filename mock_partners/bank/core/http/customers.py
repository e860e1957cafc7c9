"""Endpoints about customers that the generic handler cannot serve by one function of one room.

Registering may ask the partner. Consent texts take query parameters. What a contract says about its customer concerns
account services and credit.
"""

from __future__ import annotations

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from mock_partners.bank.core.account_services import address, phone
from mock_partners.bank.core.credit.renewal import renew_outdated
from mock_partners.bank.core.customers.identify import identify
from mock_partners.bank.core.kernel.access import authorise
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import core_of
from partner_adapters.core_bank.addresses import Address, ChangeAddress
from partner_adapters.core_bank.consents import ConsentTexts
from partner_adapters.core_bank.customers import ChoosePhone, Customer, IdentityStatement
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
    return answer(ConsentTexts(items=[ctx.text(purpose) for purpose in purposes]))


def choose_phone(conn: Connection, ctx: Context, customer_id: str, command: ChoosePhone) -> Customer:
    """Choose the phone number, and renew the contracts that say another one. Problems as `phone.choose`."""
    customer = phone.choose(conn, ctx, customer_id, command)
    renew_outdated(conn, ctx, customer_id)
    return customer


def change_address(conn: Connection, ctx: Context, customer_id: str, command: ChangeAddress) -> Address:
    """Replace the address, and renew the contracts that say another one. Problems as `address.change`."""
    changed = address.change(conn, ctx, customer_id, command)
    renew_outdated(conn, ctx, customer_id)
    return changed
