"""`GET /orders/{intent}`, and `GET /differences` for operators of the bank."""

from __future__ import annotations

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from mock_partners.core_bank.access import PROOF, caller, own
from mock_partners.core_bank.orders import book
from mock_partners.core_bank.orders.differences import newest
from mock_partners.core_bank.parts import core_of
from partner_adapters.core_bank.orders import Order
from partner_adapters.web.json_answers import answer


async def show(request: Request) -> Response:
    """Where the order stands now."""
    core, ctx = core_of(request), caller(request)
    intent = request.path_params["intent"]

    def query(conn: Connection) -> Order:
        order = book.read(conn, ctx.bank_id, intent)
        own(conn, ctx, order.customer_id, "order.unknown")
        return order

    return answer(await core.store.read(query))


async def differences(request: Request) -> Response:
    """Where outside parties say something else than our books, newest first."""
    core, ctx = core_of(request), caller(request, PROOF)
    return answer(await core.store.read(lambda conn: newest(conn, ctx)))
