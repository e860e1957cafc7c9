"""`/orders/{intent}`: the truth about one order. Every confirmed action ends here, and can be reloaded for ever.

The reference that the order's page shows finds it too: `/orders/3F7K-21QX` leads to its address.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from h5app.confirming import repaying
from h5app.confirming.actions import ACTIONS, Destination, MoneyAction, action_to_retry, actions_on
from h5app.confirming.submit import EARLIER, find_sending, mark_seen
from h5app.guard import signed_in
from h5app.overview import RAISE, WANTED, read_overview, step_towards_loan
from h5app.page import link, render, see_other
from h5app.services import services_of
from h5app.states import rules_of
from h5app.visit import visit_of
from partner_adapters.core_bank.customers import Overview
from partner_adapters.core_bank.orders import Order
from partner_adapters.kit.observed.request_id import current_request_id
from partner_adapters.kit.pages.polling import Polling
from partner_adapters.kit.pages.speculative import is_speculative
from partner_adapters.kit.values.money import fen_from_wire
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed

# A command may still arrive at the bank this long after it was sent: until then, unknown is not nothing.
UNSETTLED = timedelta(seconds=60)
# Only this refusal says that the bank carried out no command with the key.
NEVER_CAME = "order.unknown"
MALFORMED = "order.malformed_name"
# How a repayment was split. The first two are shown even when zero, the others only where there were any.
# A top-up and a withdrawal have the account's new balance, a withdrawal its fee. A drawdown with a fee has that too,
# and what arrived after it.
PARTS = ("principal", "interest", "penalty", "fees", "fee", "received", "to_account", "balance")
ALWAYS_SHOWN = ("principal", "interest", "balance")
# What the query keeps while the page waits: where the customer goes on after success.
CARRIED = (*repaying.CARRIED, WANTED)
# In the query of what a waiting page asks for by itself: a known result leads straight to the page that shows it.
ONWARD = "onward"


@signed_in
async def show(request: Request) -> Response:
    visit, key = visit_of(request), request.path_params["intent"]
    sending = await find_sending(services_of(request), visit.live_session, key)
    try:
        order = await visit.core.orders.get(key)
    except (CallFailed, Problem) as error:
        if sending is None:
            return _answer_unknown(request, error)
        return _answer_sent(request, error, ACTIONS[sending[0]], visit.now - sending[1])
    is_own = order.customer_id == visit.live_session.customer_id
    if order.intent != key:
        # A reference can be guessed, so that another customer's order exists must not show.
        return (
            see_other(request, "order", dict(request.query_params), intent=order.intent)
            if is_own
            else _nothing(request)
        )
    if not is_own:
        # That the order exists is not a secret: another customer cannot guess its key.
        return _without_order(request, "others", 403, again=link(request, "leave"))
    action = ACTIONS[order.kind]
    if not rules_of(order).ended:
        return waiting_page(request, action, order)
    if not is_speculative(request):
        await _record_seen(request, order, was_sent_here=sending is not None)
    if not rules_of(order).failed and _is_shown_elsewhere(request, action, order):
        return RedirectResponse(_link(request, action.next, order.result), 303)
    return ended_page(request, action, order, await _find_next(request, action, order))


async def _record_seen(request: Request, order: Order, *, was_sent_here: bool) -> None:
    """Record here and at the bank that the customer is shown the outcome."""
    visit, key = visit_of(request), request.path_params["intent"]
    if was_sent_here:
        await mark_seen(services_of(request), key, visit.now)
    if order.seen_at is None:
        # Not recorded now, it is recorded when the customer next looks at the order.
        with suppress(CallFailed, Problem):
            await visit.core.orders.mark_seen(key)


def _answer_unknown(request: Request, error: CallFailed | Problem) -> Response:
    """Answer for an order that this customer did not send from here."""
    if isinstance(error, Problem) and (error.status == 404 or error.code == MALFORMED):
        return _nothing(request)
    raise error


def _nothing(request: Request) -> Response:
    return _without_order(request, "nothing", 404, action=None, again=None)


def _answer_sent(
    request: Request, error: CallFailed | Problem, action: MoneyAction, since: timedelta
) -> Response:
    """Answer for an order that was sent from here and that the bank cannot tell of: `since` is how long ago."""
    if isinstance(error, CallFailed) or error.code != NEVER_CAME:
        return waiting_page(request, action, bank_silent=True)
    if since < UNSETTLED:
        return waiting_page(request, action)
    return _without_order(request, "nothing", 404, action=action, again=_link(request, action.retry))


def _without_order(request: Request, template: str, status: int, **context: Any) -> Response:
    return render(
        request,
        f"orders/{template}.html",
        status,
        reference=current_request_id(),
        trouble="page.not_found" if status == 404 else "page.refused",
        **context,
    )


async def _find_next(request: Request, action: MoneyAction, order: Order) -> dict[str, Any]:
    """Return where an order that succeeded leads on, and what else its page offers."""
    if action.next_by_overview and not rules_of(order).failed:
        # The order has ended, whatever the bank says now. Its page must not fail for want of a link.
        with suppress(CallFailed, Problem):
            overview = await read_overview(visit_of(request))
            route, params = await _find_wanted(request, overview) or step_towards_loan(overview)
            there = link(request, route, **params)
            label = RAISE if route == RAISE else ""
            return _onward(action, there, label=label, beside=_bringing_money(overview))
    if action.brings_money and repaying.LOAN in request.query_params and not rules_of(order).failed:
        with suppress(CallFailed, Problem):
            overview = await read_overview(visit_of(request))
            if repayment := repaying.repayment_after(request, overview, request.query_params):
                return _onward(action, repayment, label="repay")
    return _onward(action, _link(request, action.next, order.result))


async def _find_wanted(request: Request, overview: Overview) -> tuple[str, dict[str, Any]] | None:
    """Return the page of the product that the customer came for; None where it is the one on offer or unknown."""
    code, offer = request.query_params.get(WANTED), overview.pre_credit
    if code and not (offer and offer.product_code == code):
        with suppress(CallFailed, Problem):
            product = await visit_of(request).core.products.get(code)
            return "product", {"product": product.code}
    return None


def _bringing_money(overview: Overview) -> list[MoneyAction]:
    """Return what a new account may be filled by, which is offered beside the loan that the customer came for."""
    return [action for action in actions_on(overview) if action.brings_money]


def _onward(
    action: MoneyAction, address: str, *, label: str = "", beside: Sequence[MoneyAction] = ()
) -> dict[str, Any]:
    """Return what the page of a success says of the next step. `label`: that of its button, if not the action's."""
    return {"next": address, "next_label": f"order_next.{label or action.kind}", "beside": beside}


def ended_page(request: Request, action: MoneyAction, order: Order, leads_on: Mapping[str, Any]) -> Response:
    """Render the page of an order whose outcome is known."""
    split = [(name, fen_from_wire(order.result[name])) for name in PARTS if name in order.result]
    to_retry = action_to_retry(order)
    return render(
        request,
        rules_of(order).template,
        order=order,
        action=action,
        parts=[part for part in split if part[1] or part[0] in ALWAYS_SHOWN],
        retry=_link(request, to_retry.retry),
        retry_label=f"order_retry.{to_retry.kind}",
        **leads_on,
    )


def waiting_page(
    request: Request, action: MoneyAction, order: Order | None = None, *, bank_silent: bool = False
) -> Response:
    """Render the page of an order whose outcome is not known yet."""
    query = request.query_params
    kept = (EARLIER if "earlier" in query else {}) | {name: query[name] for name in CARRIED if name in query}
    onward = {ONWARD: "1"} if _leads_on(request, action) else {}
    return render(
        request,
        "orders/processing.html",
        order=order,
        action=action,
        bank_silent=bank_silent,
        polling=Polling.of(request, kept | onward),
        again=link(request, "order", kept, intent=request.path_params["intent"]),
    )


def _is_shown_elsewhere(request: Request, action: MoneyAction, order: Order) -> bool:
    """Whether this request for an order that succeeded leads straight to the page that shows the result."""
    is_known = all(name in order.result for name in action.next.results.values())
    if "earlier" in request.query_params or not is_known:
        return False
    return ONWARD in request.query_params or (action.result_is_next and _leads_on(request, action))


def _leads_on(request: Request, action: MoneyAction) -> bool:
    # Not in a frame: the host is told by the order's own page that the order is done.
    if "hx-request" in request.headers:
        return ONWARD in request.query_params
    return (action.result_on_home or action.result_is_next) and not visit_of(request).framed


def _link(request: Request, destination: Destination, result: Mapping[str, str] | None = None) -> str:
    """Return the destination's address; the home page's where the order's result lacks a part of it."""
    known = result or {}
    if not all(name in known for name in destination.results.values()):
        return link(request, "home")
    params: dict[str, Any] = {param: known[name] for param, name in destination.results.items()}
    return link(request, destination.route, **destination.params | params)
