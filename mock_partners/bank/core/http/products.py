"""`GET /products`, `GET /products/{code}`."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from mock_partners.bank.core.kernel.access import authorise
from mock_partners.bank.core.kernel.services import core_of
from mock_partners.bank.core.products.catalogue import all_offered, offered
from mock_partners.bank.core.products.wire import shown
from partner_adapters.core_bank.products import ProductList
from partner_adapters.kit.web.json_answers import answer


async def all_products(request: Request) -> Response:
    """What the caller's bank offers now."""
    core, ctx = core_of(request), authorise(request)
    documents = await core.store.read(lambda conn: all_offered(conn, ctx.bank_id, ctx.today))
    lpr_ppm = core.settings.parameters.lpr_ppm
    return answer(ProductList(items=[shown(document, lpr_ppm) for document in documents]))


async def show(request: Request) -> Response:
    """One product, with its honest requirements and annual rate."""
    core, ctx, code = core_of(request), authorise(request), request.path_params["code"]
    document = await core.store.read(lambda conn: offered(conn, ctx.bank_id, code, ctx.today))
    return answer(shown(document, core.settings.parameters.lpr_ppm))
