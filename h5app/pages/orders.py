"""`/orders/{intent}`: the truth about one order. Every confirmed action ends here; it can be reloaded for ever."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming.submit import EARLIER, settle, when_placed
from h5app.guard import signed_in
from h5app.page import link, render, see_other
from h5app.services import parts_of
from h5app.visit import visit_of
from partner_adapters.core_bank.orders import Order, OrderState
from partner_adapters.kit.observed.request_id import current_request_id
from partner_adapters.kit.values.money import fen_from_wire
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed

UNSETTLED = timedelta(seconds=60)
"""A command may still arrive at the bank this long after it was sent: until then, unknown is not nothing."""
NEXT: dict[str, tuple[str, dict[str, str]]] = {
    "account_opening": ("top_up", {}),
    "pre_credit": ("home", {}),
    "top_up": ("home", {}),
    "application": ("application", {"application": "application_id"}),
    "contract_signing": ("draw", {"line": "line_id"}),
    "drawdown": ("loan", {"loan": "loan_id"}),
    "repayment": ("loan", {"loan": "loan_id"}),
}
"""Kind → route and its parameters from the order's result: where a person goes on after success."""
RETRY: dict[str, tuple[str, dict[str, Any]]] = {
    "account_opening": ("account_open", {"step": "card"}),
    "pre_credit": ("home", {}),
    "top_up": ("top_up", {}),
    "application": ("credit", {}),
    "contract_signing": ("home", {}),
    "drawdown": ("home", {}),
    "repayment": ("loans", {}),
}
"""Kind → route and its parameters: where a person tries again after failure."""
PARTS = ("principal", "interest", "penalty", "fees")
ALWAYS_SHOWN = ("principal", "interest")
"""How a repayment was split, zero or not; penalty and fees only where there were any."""
ONWARD = "onward"
"""In what a waiting page asks: whoever waits for the limit wants to see it, not that it can be seen."""
FIRST_WAIT_S, LONGEST_WAIT_S = 2, 30


@signed_in
async def show(request: Request) -> Response:
    visit, key = visit_of(request), request.path_params["intent"]
    noted = await when_placed(parts_of(request), visit.person, key)
    try:
        order = await visit.core.orders.get(key)
    except CallFailed:
        if noted is None:
            raise
        return _waiting(request, noted[0], bank_silent=True)
    except Problem as problem:
        if noted and problem.status >= 500:
            return _waiting(request, noted[0], bank_silent=True)
        if problem.status != 404:
            raise
        if noted and visit.now - noted[1] < UNSETTLED:
            return _waiting(request, noted[0])
        kind = noted[0] if noted else None
        return _none(request, "nothing", 404, kind=kind, again=_retry(request, kind) if kind else None)
    if order.customer_id != visit.person.customer_id:
        # That it is there is no secret: who did not place it cannot guess its key.
        return _none(request, "others", 403, again=link(request, "leave"))
    if order.state is OrderState.PROCESSING:
        return _waiting(request, order.kind, order)
    if noted:
        await settle(parts_of(request), key, visit.now)
    if order.state is OrderState.SUCCEEDED and ONWARD in request.query_params:
        return see_other(request, "home")
    return _ended(request, order)


def _none(request: Request, template: str, status: int, **context: Any) -> Response:
    return render(request, f"orders/{template}.html", status, reference=current_request_id(), **context)


def _ended(request: Request, order: Order) -> Response:
    context: dict[str, Any]
    if order.state is OrderState.SUCCEEDED:
        parts = [(name, fen_from_wire(order.result[name])) for name in PARTS if name in order.result]
        context = {
            "next": _next(request, order),
            "parts": [part for part in parts if part[1] or part[0] in ALWAYS_SHOWN],
        }
    else:
        context = {"retry": _retry(request, order.kind)}
    return render(request, f"orders/{order.state.value}.html", order=order, kind=order.kind, **context)


def _retry(request: Request, kind: str) -> str:
    name, params = RETRY[kind]
    return link(request, name, **params)


def _waiting(
    request: Request, kind: str, order: Order | None = None, *, bank_silent: bool = False
) -> Response:
    """Still unknown. With scripts the page asks again by itself, ever less often; the rest press a link."""
    key, kept = request.path_params["intent"], EARLIER if "earlier" in request.query_params else {}
    waited = request.query_params.get("wait", "")
    wait_s = int(waited) if re.fullmatch("[0-9]{1,3}", waited) else FIRST_WAIT_S
    asks = kept | ({ONWARD: "1"} if _leads_on(request, kind) else {})
    wait_s = min(max(wait_s, FIRST_WAIT_S), LONGEST_WAIT_S)
    return render(
        request,
        "orders/processing.html",
        order=order,
        kind=kind,
        bank_silent=bank_silent,
        wait_s=wait_s,
        again=link(request, "order", kept, intent=key),
        ask_again=link(request, "order", asks | {"wait": str(min(wait_s * 2, LONGEST_WAIT_S))}, intent=key),
    )


def _leads_on(request: Request, kind: str) -> bool:
    """Not in a frame: its host is told by the order's own page that it is done."""
    if "hx-request" in request.headers:
        return ONWARD in request.query_params
    return kind == "pre_credit" and not visit_of(request).framed


def _next(request: Request, order: Order) -> str:
    name, wanted = NEXT[order.kind]
    if not all(result in order.result for result in wanted.values()):
        return link(request, "home")
    params: dict[str, Any] = {param: order.result[result] for param, result in wanted.items()}
    return link(request, name, **params)
