"""Each state of each object has its rules, its page, and no page that its rules do not name."""

from __future__ import annotations

from collections.abc import Mapping
from enum import EnumMeta
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from h5app.confirming.actions import ACTIONS
from h5app.page import environment
from h5app.routes import ROUTES
from h5app.states import (
    ACCOUNTS,
    APPLICATIONS,
    CONTRACTS,
    LINES,
    LOANS,
    ORDERS,
    Rules,
    may_see,
    rules_of,
)
from partner_adapters.core_bank.accounts import Account
from partner_adapters.core_bank.applications import ApplicationState, ApplicationSummary
from partner_adapters.core_bank.cards import EarlierCardList
from partner_adapters.core_bank.contracts import ContractState
from partner_adapters.core_bank.customers import Overview
from partner_adapters.core_bank.lines import Line
from partner_adapters.core_bank.loans import LoanSummary
from partner_adapters.core_bank.orders import OrderState
from tests.support.houses.site import Site
from tests.support.pages import samples
from tests.support.pages.scripts import everything

TABLES: Mapping[str, Mapping[str, Rules]] = {
    "order": ORDERS,
    "application": APPLICATIONS,
    "contract": CONTRACTS,
    "line": LINES,
    "loan": LOANS,
    "account": ACCOUNTS,
}
EVERY_STATE = [(kind, state) for kind, table in TABLES.items() for state in table]
PATHS = {
    "contract_costs": "/contracts/ct-1/costs",
    "draw": "/lines/ln-1/draw",
    "repay": "/loans/lo-1/repay",
    "repay_by_card": "/loans/lo-1/repay-by-card?kind=part&amount=5000",
    "top_up": "/top-up",
    "withdraw": "/withdraw",
    "card": "/card/new",
    "limits": "/limits",
    "account_freeze": "/account/freeze",
    "account_lift": "/account/unfreeze",
    "account_close": "/account/close",
    "account_raise": "/account/raise",
    "certificate": "/loans/lo-1/certificate",
}
# Pages about a thing on which no order is begun.
WITHOUT_ORDER = {"certificate"}
OWN_PAGES = {
    "contract": "/contracts/ct-1",
    "line": "/lines/ln-1",
    "loan": "/loans/lo-1",
    "account": "/account",
}


def _states(model: type[BaseModel]) -> set[str]:
    kind: Any = model.model_fields["state"].annotation
    return set(kind) if isinstance(kind, EnumMeta) else set(get_args(kind))


def test_every_state_on_the_wire_is_in_its_table() -> None:
    assert set(ORDERS) == set(OrderState)
    assert set(APPLICATIONS) == set(ApplicationState)
    assert set(CONTRACTS) == set(ContractState)
    assert (set(LINES), set(LOANS), set(ACCOUNTS)) == (_states(Line), _states(LoanSummary), _states(Account))


@pytest.mark.parametrize(("kind", "state"), EVERY_STATE)
def test_a_state_names_a_template_and_pages_that_exist(kind: str, state: str) -> None:
    rules = TABLES[kind][state]
    assert rules.template in environment("zh").list_templates()
    assert rules.pages <= {route.name for route in ROUTES}
    assert rules.pages <= PATHS.keys()


def test_each_page_of_an_action_on_something_is_allowed_by_some_state() -> None:
    allowed = {page for table in TABLES.values() for rules in table.values() for page in rules.pages}
    begun_elsewhere = {"account_open", "home", "apply"}  # they begin before there is a thing with a state
    assert allowed - WITHOUT_ORDER == {action.page for action in ACTIONS.values()} - begun_elsewhere


def _sample(kind: str, state: str) -> Any:
    made: dict[str, Any] = {
        "order": lambda: samples.order("top_up", state=state),
        "application": lambda: samples.application(state=state),
        "contract": lambda: samples.contract(state=state),
        "line": lambda: samples.line(state=state),
        "loan": lambda: samples.loan(state=state),
        # Where a freeze can be lifted, it is the customer's own.
        "account": lambda: samples.account(
            state=state, freezes=[samples.freeze("customer")] if state in ("lost", "frozen") else []
        ),
    }
    return made[kind]()


@pytest.mark.parametrize(("kind", "state"), EVERY_STATE)
def test_the_rules_of_a_thing_are_those_of_its_state(kind: str, state: str) -> None:
    assert rules_of(_sample(kind, state)) is TABLES[kind][state]


def test_the_rules_of_a_summary_are_those_of_the_whole() -> None:
    application, loan = samples.application(), samples.loan()
    short = ApplicationSummary.model_validate(application, from_attributes=True)
    assert rules_of(short) is rules_of(application)
    assert rules_of(samples.loan_summary()) is rules_of(loan)


def test_a_page_needs_the_leave_of_everything_it_touches() -> None:
    line, frozen = samples.line(), samples.account(state="frozen")
    assert may_see("draw", line, samples.account())
    assert may_see("draw", line, None)
    assert not may_see("draw", line, frozen)
    assert not may_see("draw", samples.line(state="ended"), samples.account())
    assert not may_see("repay", line)


def _bank_in(pages: Site, kind: str, state: str) -> None:
    """A bank where the one object of this kind is in this state, and everything else is usable."""
    everything(pages.core)
    thing = _sample(kind, state)
    known: dict[str, Any] = {
        "lines": [samples.line()],
        "loans": [samples.loan_summary()],
        "applications": [samples.application()],
    }
    if kind == "loan":
        known["loans"] = [samples.loan_summary(state=state)]
    elif kind in ("line", "account"):
        known[{"line": "lines", "account": "account"}[kind]] = [thing] if kind == "line" else thing
    overview: Overview = samples.overview(**known)
    pages.core.says("GET", "/customers/cu-1/overview", overview)
    path = {"line": "/lines/ln-1", "loan": "/loans/lo-1", "contract": "/contracts/ct-1"}.get(kind)
    pages.core.says("GET", path or "/accounts/ac-1", thing)
    pages.core.says("GET", "/accounts/ac-1/earlier-cards", EarlierCardList(items=[]))
    pages.core.says("GET", "/loans/lo-1/certificate", samples.settlement_certificate(loan_id="lo-1"))


SAYS = [
    (kind, state, route)
    for kind, state in EVERY_STATE
    for route in PATHS
    if any(route in rules.pages for rules in TABLES[kind].values())
]


@pytest.mark.anyio
@pytest.mark.parametrize(("kind", "state", "route"), SAYS)
async def test_a_page_is_shown_just_when_the_table_allows_it(
    pages: Site, kind: str, state: str, route: str
) -> None:
    _bank_in(pages, kind, state)
    visitor = await pages.client()
    answer = await visitor.get(PATHS[route])
    if route in TABLES[kind][state].pages:
        assert answer.status_code == 200
    else:
        about = {
            "draw": "line",
            "repay": "loan",
            "repay_by_card": "loan",
            "contract_costs": "contract",
            "top_up": "account",
            "withdraw": "account",
            "card": "account",
            "limits": "account",
            "account_freeze": "account",
            "account_lift": "account",
            "account_close": "account",
            "account_raise": "account",
            "certificate": "loan",
        }[route]
        assert (answer.status_code, answer.headers["location"]) == (303, f"/lyg{OWN_PAGES[about]}")
        assert (await visitor.get(OWN_PAGES[about])).status_code == 200
