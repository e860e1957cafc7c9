"""`/loans/{id}/repay`: what is due, a part, or all → what it pays and saves → 确认还款.

The question is a GET form, as for drawing: a quote writes nothing.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming import intents
from h5app.confirming.submit import place
from h5app.guard import signed_in
from h5app.ownership import overview_with
from h5app.page import blank_form, link, render, see_other
from h5app.visit import visit_of
from partner_adapters.core_bank.customers import Overview
from partner_adapters.core_bank.loans import AskRepay, Loan, Repay, RepayQuote
from partner_adapters.core_bank.orders import Order
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.problems import Problem

PURPOSE = "repayment"
ASKED = ("kind", "amount")
WIRE_FIELDS = {"amount_fen": "amount", "account.insufficient": "amount", "loan.nothing_due": "kind"}


@signed_in
async def show(request: Request) -> Response:
    loan, overview = await _loan(request)
    if loan.state == "settled" or overview.account_stopped:
        return see_other(request, "loan", loan=loan.loan_id)
    query = request.query_params
    likely = "due" if loan.due_now_fen else "part"
    asked = {"kind": likely} | {name: query[name] for name in ASKED if name in query}
    form = blank_form(visit_of(request), **asked)
    begun = "kind" in query or visit_of(request).saved_form is not None
    if not begun or "change" in query:
        return _question(request, loan, overview, form)
    return await _quoted(request, loan, overview, form)


@signed_in
async def submit(request: Request) -> Response:
    visit, (loan, overview) = visit_of(request), await _loan(request)
    form = await Form.posted(request)
    intent = intents.open_(visit, PURPOSE, form.values[intents.FIELD])
    if intent.content["loan_id"] != loan.loan_id:
        raise Problem(409, "intent.stale")
    command = Repay.model_validate(intent.content["repay"])

    async def send() -> Order:
        return await visit.core.loans.repay(loan.loan_id, command, intent.key)

    try:
        return await place(request, intent, send)
    except Problem as problem:
        if problem.code == "quote.changed":
            return await _quoted(request, loan, overview, form, changed=True)
        if problem.code == "loan.settled":
            return see_other(request, "loan", loan=loan.loan_id)
        form.take(problem, WIRE_FIELDS)
        return _question(request, loan, overview, form)


async def _loan(request: Request) -> tuple[Loan, Overview]:
    visit, ref = visit_of(request), request.path_params["loan"]
    overview = await overview_with(visit, "loan", ref)
    return await visit.core.loans.get(ref), overview


def _question(request: Request, loan: Loan, overview: Overview, form: Form) -> Response:
    balance_fen = overview.account.balance_fen if overview.account else 0
    status = 200 if form.ok else 422
    return render(request, "loans/repay.html", status, loan=loan, balance_fen=balance_fen, form=form)


async def _quoted(
    request: Request, loan: Loan, overview: Overview, form: Form, changed: bool = False
) -> Response:
    kind = form.choice("kind", ["part", "full", *(["due"] if loan.due_now_fen else [])])
    amount_fen = form.money("amount") if kind == "part" else None
    if not form.ok:
        return _question(request, loan, overview, form)
    ask = AskRepay.model_validate({"kind": kind, "amount_fen": amount_fen})
    try:
        quote = await visit_of(request).core.loans.quote(loan.loan_id, ask)
    except Problem as problem:
        form.take(problem, WIRE_FIELDS)
        return _question(request, loan, overview, form)
    return _confirmation(request, loan, form, ask, quote, changed)


def _confirmation(
    request: Request, loan: Loan, form: Form, ask: AskRepay, quote: RepayQuote, changed: bool
) -> Response:
    repay = ask.model_dump(mode="json") | {"quote_sha256": quote.sha256}
    asked = {name: form.values[name] for name in ASKED}
    return render(
        request,
        "loans/quote.html",
        409 if changed else 200,
        loan=loan,
        quote=quote,
        changed=changed,
        asked=asked,
        change=link(request, "repay", asked | {"change": "1"}, loan=loan.loan_id),
        intent=intents.issue(visit_of(request), PURPOSE, {"loan_id": loan.loan_id, "repay": repay}),
    )
