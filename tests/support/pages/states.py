"""Everything in every state it can be in: the pages of truth. Their bank is `everything` with `states` said on top."""

from __future__ import annotations

from datetime import date
from typing import Any

from h5app.confirming.actions import ACTIONS
from partner_adapters.core_bank.applications import ApplicationState
from partner_adapters.core_bank.contracts import ContractState
from partner_adapters.core_bank.orders import OrderReason, OrderState
from tests.support.houses.scripted_core import ScriptedCore
from tests.support.pages import samples

ORDER_KINDS = tuple(ACTIONS)
LINE_STATES = ("frozen", "ended")
LOAN_STATES = ("overdue", "settled")
ORDER_PAGES = tuple(f"/orders/in-{kind}-{state}" for kind in ORDER_KINDS for state in OrderState)
STATE_PAGES = (
    *ORDER_PAGES,
    *(f"/applications/ap-{state}" for state in ApplicationState),
    *(f"/contracts/ct-{state}" for state in ContractState),
    *(f"/lines/ln-{state}" for state in LINE_STATES),
    *(f"/loans/lo-{state}" for state in LOAN_STATES),
    "/loans/lo-settled/certificate",
)


def states(core: ScriptedCore) -> None:
    for kind in ORDER_KINDS:
        for state in OrderState:
            intent = f"in-{kind}-{state}"
            core.says("GET", f"/orders/{intent}", _order(kind, state, intent))
    applications = [_application(core, state) for state in ApplicationState]
    contracts = [_contract(core, state) for state in ContractState]
    # The ended one has lived to its end.
    ends = {"frozen": samples.line().ends_on, "ended": date(2026, 11, 1)}
    lines = [samples.line(line_id=f"ln-{state}", state=state, ends_on=ends[state]) for state in LINE_STATES]
    loans = [_loan(core, state) for state in LOAN_STATES]
    core.says("GET", "/loans/lo-settled/certificate", samples.settlement_certificate())
    core.says("POST", "/loans/lo-settled/certificate", samples.settlement_certificate())
    for line in lines:
        core.says("GET", f"/lines/{line.line_id}", line)
    busy = samples.busy_overview()
    more = {
        "applications": [*busy.applications, *applications, *contracts],
        "lines": [*busy.lines, *lines],
        "loans": [*busy.loans, *loans],
    }
    core.says("GET", "/customers/cu-1/overview", busy.model_copy(update=more))


def _order(kind: str, state: OrderState, intent: str) -> Any:
    given: dict[str, Any] = {"intent": intent, "state": state}
    if kind in ("top_up", "withdrawal", "drawdown", "repayment", "card_repayment"):
        given["amount_fen"] = 12_345_678_900
    if state is OrderState.FAILED:
        code = "card.closed" if kind == "withdrawal" else "card.insufficient_funds"
        given["reason"] = OrderReason(code=code)
    if kind == "withdrawal":
        into = samples.order("top_up")
        given |= {"source": into.target, "target": into.source}
    return samples.order(kind, **given)


def _application(core: ScriptedCore, state: ApplicationState) -> Any:
    build = samples.declined if state is ApplicationState.DECLINED else samples.application
    line = "ln-1" if state is ApplicationState.SIGNED else None
    application = build(application_id=f"ap-{state}", state=state, line_id=line)
    core.says("GET", f"/applications/{application.application_id}", application)
    return application


def _contract(core: ScriptedCore, state: ContractState) -> Any:
    """The application that leads to it: a contract is a person's through that."""
    contract_id = f"ct-{state}"
    core.says("GET", f"/contracts/{contract_id}", samples.contract(contract_id=contract_id, state=state))
    return samples.application(application_id=f"ap-of-{contract_id}", contract_id=contract_id)


def _loan(core: ScriptedCore, state: str) -> Any:
    loan_id = f"lo-{state}"
    due_fen = 171_467 if state == "overdue" else 0
    loan = samples.loan(loan_id=loan_id, state=state, due_now_fen=due_fen)
    core.says("GET", f"/loans/{loan_id}", loan)
    return samples.loan_summary(loan_id=loan_id, state=state)
