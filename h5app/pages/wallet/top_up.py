"""`/top-up`: 充值, from the bound card into the electronic account."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming import intents
from h5app.confirming.submit import place
from h5app.guard import signed_in
from h5app.page import blank_form, render, see_other
from h5app.visit import visit_of
from partner_adapters.core_bank.accounts import Account
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.problems import Problem

PURPOSE = "top_up"


@signed_in
async def show(request: Request) -> Response:
    account = await _account(request)
    if account is None or account.state != "open":
        return see_other(request, "account")
    return _page(request, account, blank_form(visit_of(request)))


@signed_in
async def submit(request: Request) -> Response:
    visit, form = visit_of(request), await Form.posted(request)
    intent = intents.open_(visit, PURPOSE, form.values[intents.FIELD])
    account = await _account(request)
    if account is None or intent.content["account_id"] != account.account_id:
        raise Problem(409, "intent.stale")
    amount_fen = form.money("amount")
    if amount_fen is None:
        return _page(request, account, form)

    async def send() -> Order:
        return await visit.core.top_ups.start(account.account_id, TopUp(amount_fen=amount_fen), intent.key)

    try:
        return await place(request, intent, send)
    except Problem as problem:
        form.take(problem, {"amount_fen": "amount"})
        return _page(request, account, form)


async def _account(request: Request) -> Account | None:
    visit = visit_of(request)
    return (await visit.core.customers.overview(visit.person.customer_id)).account


def _page(request: Request, account: Account, form: Form) -> Response:
    intent = intents.issue(visit_of(request), PURPOSE, {"account_id": account.account_id})
    return render(
        request, "wallet/top_up.html", 200 if form.ok else 422, account=account, form=form, intent=intent
    )
