"""`/entries/{id}`: one line of the statement, and the order it came from."""

from __future__ import annotations

from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response

from h5app.guard import signed_in
from h5app.overview import ACCOUNT, former_query, read_overview, statement_account
from h5app.page import render
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.orders import Order
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed


@signed_in
async def show(request: Request) -> Response:
    visit = visit_of(request)
    overview = await read_overview(visit)
    account = statement_account(overview, request.query_params.get(ACCOUNT, ""))
    if account is None:
        raise Problem(404, "entry.unknown")
    entry = await visit.core.accounts.entry(account.account_id, request.path_params["entry"])
    loan = next((loan for loan in overview.loans if loan.loan_id == entry.loan_id), None)
    order = await _find_order(visit, entry.intent)
    return render(
        request,
        "wallet/entry.html",
        account=account,
        former=former_query(account),
        entry=entry,
        loan=loan,
        order=order,
    )


async def _find_order(visit: Visit, intent: str) -> Order | None:
    """Return the order that the entry came from, where the bank can give it now. The entry is whole without it."""
    with suppress(Problem, CallFailed):
        return await visit.core.orders.get(intent)
    return None
