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
    return await _page(request, with_number=False)


@signed_in
async def submit(request: Request) -> Response:
    """Show the whole account number. By a form, so that no link, history or reload from memory shows it by itself.

    No fresh check is asked for: the number takes no money out, and contracts name it too.
    """
    return await _page(request, with_number=True)


async def _page(request: Request, *, with_number: bool) -> Response:
    visit = visit_of(request)
    overview = await read_overview(visit)
    account, number = overview.account, None
    if account is not None and with_number:
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
