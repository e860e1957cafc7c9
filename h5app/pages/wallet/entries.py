"""`/entries`: 明细, newest first, a page at a time."""

from __future__ import annotations

from itertools import groupby

from starlette.requests import Request
from starlette.responses import Response

from h5app.guard import signed_in
from h5app.overview import read_overview
from h5app.page import link, render, see_other
from h5app.visit import visit_of


@signed_in
async def show(request: Request) -> Response:
    visit = visit_of(request)
    overview = await read_overview(visit)
    account = overview.account
    if account is None:
        return see_other(request, "account")
    page = await visit.core.accounts.entries(account.account_id, request.query_params.get("cursor"))
    older = link(request, "entries", {"cursor": page.next_cursor}) if page.next_cursor else ""
    days = [(day, list(items)) for day, items in groupby(page.items, key=lambda entry: entry.business_date)]
    loans = {loan.loan_id: loan for loan in overview.loans}
    return render(request, "wallet/entries.html", account=account, days=days, older=older, loans=loans)
