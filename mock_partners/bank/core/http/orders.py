"""`GET /orders/{intent}`, and `GET /differences` for operators of the bank."""

from __future__ import annotations

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.kernel.access import PROOF, authorise
from mock_partners.bank.core.kernel.services import core_of
from mock_partners.bank.core.orders import book
from mock_partners.bank.core.orders.differences import newest
from partner_adapters.core_bank.orders import Order
from partner_adapters.kit.web.json_answers import answer


async def show(request: Request) -> Response:
    """Where the order stands now."""
    core, ctx = core_of(request), authorise(request)
    intent = request.path_params["intent"]

    def query(conn: Connection) -> Order:
        order = book.read(conn, ctx.bank_id, intent)
        require_own_customer(conn, ctx, order.customer_id, "order.unknown")
        return order

    return answer(await core.store.read(query))


async def differences(request: Request) -> Response:
    """Where outside parties say something else than our books, newest first."""
    core, ctx = core_of(request), authorise(request, PROOF)
    return answer(await core.store.read(lambda conn: newest(conn, ctx)))
