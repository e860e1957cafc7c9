"""`/lines/{id}/draw`: how much, how long, how to repay → the quote with its full plan → 确认借款 after a face check.

The question is a GET form: a quote writes nothing, so it can be reloaded, left and changed.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming import intents, step_up
from h5app.confirming.submit import place
from h5app.guard import signed_in
from h5app.ownership import overview_with
from h5app.page import blank_form, link, render, see_other
from h5app.visit import visit_of
from partner_adapters.core_bank.customers import Overview
from partner_adapters.core_bank.lines import AskDraw, Draw, DrawQuote, Line
from partner_adapters.core_bank.orders import Order
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.money import fen_from_wire
from partner_adapters.kit.values.problems import Problem

PURPOSE = "drawdown"
ASKED = ("amount", "term", "method")
WIRE_FIELDS = {
    "amount_fen": "amount",
    "term_months": "term",
    "term.not_offered": "term",
    "method": "method",
    "method.not_offered": "method",
}


@signed_in
async def show(request: Request) -> Response:
    (line, overview), query = await _line(request), request.query_params
    if line.state != "open" or overview.account_stopped:
        return see_other(request, "line", line=line.line_id)
    only_method = line.methods[0] if len(line.methods) == 1 else ""
    asked = {"method": only_method} | {name: query[name] for name in ASKED if name in query}
    form = blank_form(visit_of(request), **asked)
    begun = "amount" in query or visit_of(request).saved_form is not None
    if not begun or "change" in query:
        return _question(request, line, form)
    return await _quoted(request, line, form)


@signed_in
async def submit(request: Request) -> Response:
    visit, (line, _) = visit_of(request), await _line(request)
    form = await Form.posted(request)
    intent = intents.open_(visit, PURPOSE, form.values[intents.FIELD])
    if intent.content["line_id"] != line.line_id:
        raise Problem(409, "intent.stale")
    amount_fen = fen_from_wire(intent.content["draw"]["amount_fen"])
    evidence = await step_up.obtain_evidence(request, "drawdown", form, intent, amount_fen)
    if isinstance(evidence, Response):
        return evidence
    command = Draw(**intent.content["draw"], evidence=evidence)

    async def send() -> Order:
        return await visit.core.lines.draw(line.line_id, command, intent.key)

    try:
        return await place(request, intent, send, acting="drawdown")
    except Problem as problem:
        if problem.code in step_up.CHECK_REFUSED:
            return await step_up.redirect_to_check(request, "drawdown", form, amount_fen)
        if problem.code == "quote.changed":
            return await _quoted(request, line, form, changed=True)
        if problem.code == "line.not_open":
            return see_other(request, "line", line=line.line_id)
        form.take(problem, WIRE_FIELDS)
        return _question(request, line, form)


async def _line(request: Request) -> tuple[Line, Overview]:
    visit, ref = visit_of(request), request.path_params["line"]
    overview = await overview_with(visit, "line", ref)
    return await visit.core.lines.get(ref), overview


def _question(request: Request, line: Line, form: Form) -> Response:
    return render(request, "lines/draw.html", 200 if form.ok else 422, line=line, form=form)


async def _quoted(request: Request, line: Line, form: Form, changed: bool = False) -> Response:
    """The quote for what the form asks, or the form again with what is wrong."""
    amount_fen = form.money("amount")
    term = form.choice("term", [str(months) for months in line.tenors_months])
    method = form.choice("method", line.methods)
    if not form.ok or amount_fen is None:
        return _question(request, line, form)
    ask = AskDraw.model_validate({"amount_fen": amount_fen, "term_months": int(term), "method": method})
    try:
        quote = await visit_of(request).core.lines.quote(line.line_id, ask)
    except Problem as problem:
        if problem.code == "line.not_open":
            return see_other(request, "line", line=line.line_id)
        form.take(problem, WIRE_FIELDS)
        return _question(request, line, form)
    return _confirmation(request, line, form, ask, quote, changed)


def _confirmation(
    request: Request, line: Line, form: Form, ask: AskDraw, quote: DrawQuote, changed: bool
) -> Response:
    visit = visit_of(request)
    draw: dict[str, Any] = ask.model_dump(mode="json") | {"quote_sha256": quote.sha256}
    asked = {name: form.values[name] for name in ASKED}
    return render(
        request,
        "lines/quote.html",
        409 if changed else 200,
        line=line,
        quote=quote,
        changed=changed,
        asked=asked,
        change=link(request, "draw", asked | {"change": "1"}, line=line.line_id),
        intent=intents.issue(visit, PURPOSE, {"line_id": line.line_id, "draw": draw}),
        check=step_up.needed(request, "drawdown", ask.amount_fen),
    )
