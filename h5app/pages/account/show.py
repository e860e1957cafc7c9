"""`/account`: 电子账户, its balance, its bound card and what can be done with it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming.actions import actions_on, stops_on
from h5app.guard import signed_in
from h5app.overview import WANTED, read_overview
from h5app.page import render
from h5app.states import rules_of
from h5app.visit import visit_of


@signed_in
async def show(request: Request) -> Response:
    """`number`: show the whole account number, which other people near the screen need not see each time."""
    visit = visit_of(request)
    overview = await read_overview(visit)
    account, number = overview.account, None
    if account is not None and "number" in request.query_params:
        number = (await visit.core.accounts.get(account.account_id)).account_number
    return render(
        request,
        rules_of(account).template if account else "account/none.html",
        account=account,
        number=number,
        stopped=overview.account_stopped,
        overview=overview,
        actions=actions_on(overview),
        stops=stops_on(overview),
        wanted=request.query_params.get(WANTED),
    )
