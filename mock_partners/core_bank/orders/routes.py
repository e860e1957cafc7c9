"""`GET /orders/{intent}`."""

from __future__ import annotations

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from mock_partners.core_bank.access import caller, own
from mock_partners.core_bank.orders import book
from mock_partners.core_bank.parts import core_of
from partner_adapters.core_bank.orders import Order
from partner_adapters.terms.problems import Problem
from partner_adapters.web.json_answers import answer


async def show(request: Request) -> Response:
    """Where the order stands now."""
    core, ctx = core_of(request), caller(request)
    intent = request.path_params["intent"]

    def query(conn: Connection) -> Order:
        order = book.read(conn, ctx.bank_id, intent)
        try:
            own(conn, ctx, order.customer_id)
        except Problem as problem:
            raise Problem(404, "order.unknown") from problem
        return order

    return answer(await core.store.read(query))
