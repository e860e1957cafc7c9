"""Each transition table, at every state and every event: what happens next, or which problem the caller is told."""

from enum import StrEnum
from typing import Any

import pytest

from mock_partners.bank.core.credit import states as credit
from mock_partners.bank.core.credit.tables import application, contract
from mock_partners.bank.core.kernel.transitions import IllegalTransition, TransitionTable
from mock_partners.bank.core.lines import states as lines
from mock_partners.bank.core.lines.tables import credit_line
from mock_partners.bank.core.loans import states as loans
from mock_partners.bank.core.loans.tables import loan
from mock_partners.bank.core.orders import states as orders
from mock_partners.bank.core.orders.tables import customer_order
from mock_partners.bank.core.verification import states as card_checks
from mock_partners.bank.core.verification.tables import card_check
from mock_partners.bank.core.wallet import states as accounts
from mock_partners.bank.core.wallet.tables import account
from partner_adapters.core_bank.applications import ApplicationState
from partner_adapters.core_bank.card_checks import CardCheckState
from partner_adapters.core_bank.contracts import ContractState
from partner_adapters.core_bank.lines import LineState
from partner_adapters.core_bank.loans import LoanState
from partner_adapters.core_bank.orders import OrderState
from partner_adapters.kit.values.problems import Problem

Table = TransitionTable[Any, Any]
# Rows: events. Columns: the state after the event, in the order of the states, or what is raised.
REFUSED = "illegal"
APPLICATION = {
    "states": "submitted referred declined approved contract_ready signed expired cancelled at_counter",
    "query_sources": "submitted illegal illegal illegal illegal illegal illegal illegal illegal",
    "refer": "referred illegal illegal illegal illegal illegal illegal illegal illegal",
    "decline": "declined declined illegal illegal illegal illegal illegal illegal illegal",
    "approve": "approved approved approved illegal illegal illegal illegal illegal illegal",
    "request_review": (
        "application.review_not_possible referred declined application.review_not_possible"
        " application.review_not_possible application.review_not_possible application.review_not_possible"
        " application.review_not_possible application.review_not_possible"
    ),
    "prepare_contract": "illegal illegal illegal contract_ready illegal illegal illegal illegal illegal",
    "sign_contract": "illegal illegal illegal illegal signed illegal illegal illegal illegal",
    "renew_contract": "illegal illegal illegal illegal approved illegal illegal illegal illegal",
    "expire": "illegal expired illegal expired expired illegal illegal illegal illegal",
    "cancel": "illegal cancelled illegal illegal illegal illegal illegal illegal illegal",
    "give_up": "illegal illegal illegal cancelled cancelled illegal illegal illegal illegal",
    "send_to_counter": "illegal illegal illegal at_counter illegal illegal illegal illegal illegal",
}
CONTRACT = {
    "states": "preparing ready signing signed void",
    "prepare": "ready illegal illegal illegal illegal",
    "refuse_document": "void illegal illegal illegal illegal",
    "start_signing": "contract.not_ready signing contract.not_ready contract.not_ready contract.not_ready",
    "sign": "illegal illegal signed illegal illegal",
    "refuse_signature": "illegal illegal void illegal illegal",
    "renew": "preparing preparing preparing illegal illegal",
    "expire": "void void illegal illegal illegal",
}
LINE = {
    "states": "open frozen ended",
    "draw": "open line.not_open line.not_open",
    "freeze": "frozen line.not_open line.not_open",
    "thaw": "line.not_frozen open line.not_frozen",
    "end": "ended ended ended",
}
LOAN = {
    "states": "active overdue settled",
    "repay": "active overdue loan.settled",
    "close_day": "active overdue illegal",
    "found_current": "active active illegal",
    "found_overdue": "overdue overdue illegal",
    "found_settled": "settled settled settled",
}
ORDER = {
    "states": "processing succeeded failed",
    "advance": "processing illegal illegal",
    "succeed": "succeeded illegal illegal",
    "fail": "failed illegal illegal",
    "revive": "illegal illegal processing",
    "retract": "illegal failed illegal",
}
CARD_CHECK = {
    "states": "checking sending sent confirmed failed",
    "verify_card": "checking illegal illegal illegal illegal",
    "issue_first_code": "sending illegal illegal illegal illegal",
    "issue_another_code": (
        "card_check.not_waiting sending sending card_check.not_waiting card_check.not_waiting"
    ),
    "deliver_code": "illegal sent illegal illegal illegal",
    "confirm": "illegal confirmed confirmed illegal illegal",
    "repeat_confirmation": "illegal illegal illegal confirmed illegal",
    "fail": "failed failed failed illegal illegal",
    "use": "illegal illegal illegal confirmed illegal",
}
ACCOUNT = {
    "states": "open lost frozen closed",
    "move_money": "open account.not_open account.not_open account.not_open",
    "bring_money": "open lost account.not_open account.not_open",
    "repay": "open lost account.not_open account.not_open",
    "receive": "open lost illegal illegal",
    "freeze": "open lost frozen account.not_open",
    "close": "closed account.not_open account.not_open account.not_open",
}
TABLES: dict[str, tuple[Table, type[StrEnum], type[StrEnum], dict[str, str], Any]] = {
    "application": (
        credit.APPLICATION_STATES,
        ApplicationState,
        credit.ApplicationEvent,
        APPLICATION,
        application,
    ),
    "contract": (credit.CONTRACT_STATES, ContractState, credit.ContractEvent, CONTRACT, contract),
    "line": (lines.LINE_STATES, LineState, lines.LineEvent, LINE, credit_line),
    "loan": (loans.LOAN_STATES, LoanState, loans.LoanEvent, LOAN, loan),
    "order": (orders.ORDER_STATES, OrderState, orders.OrderEvent, ORDER, customer_order),
    "card check": (
        card_checks.CARD_CHECK_STATES,
        CardCheckState,
        card_checks.CardCheckEvent,
        CARD_CHECK,
        card_check,
    ),
    "account": (
        accounts.ACCOUNT_STATES,
        accounts.AccountState,
        accounts.AccountEvent,
        ACCOUNT,
        account,
    ),
}
FOLLOWS = {("account", "lost"), ("account", "frozen")}
CELLS = [
    (name, event, state, after)
    for name, (_, _, _, expected, _) in TABLES.items()
    for event, row in expected.items()
    if event != "states"
    for state, after in zip(expected["states"].split(), row.split(), strict=True)
]


@pytest.mark.parametrize(("name", "event", "state", "after"), CELLS)
def test_every_event_in_every_state(name: str, event: str, state: str, after: str) -> None:
    table, states, events, _, _ = TABLES[name]
    asked = (states(state), events(event))
    if after in list(states):
        assert table.next_state(*asked) == after
        assert table.allows(*asked)
        assert state in table.states_allowing(asked[1])
        return
    assert not table.allows(*asked)
    with pytest.raises(IllegalTransition if after == REFUSED else Problem) as raised:
        table.next_state(*asked)
    if isinstance(raised.value, Problem):
        assert (raised.value.status, raised.value.code) == (409, after)


@pytest.mark.parametrize("name", TABLES)
def test_the_table_here_names_every_state_and_every_event(name: str) -> None:
    _, states, events, expected, _ = TABLES[name]
    assert expected["states"].split() == list(states)
    assert [event for event in expected if event != "states"] == list(events)


@pytest.mark.parametrize("name", TABLES)
def test_the_database_accepts_exactly_these_states(name: str) -> None:
    _, states, _, _, table = TABLES[name]
    known = next(c for c in table.constraints if str(c.name).endswith("state_known"))
    # Whether an account is lost or frozen follows from the freezes that stand.
    stored = [state.value for state in states if (name, state.value) not in FOLLOWS]
    assert str(known.sqltext) == f"state IN ({', '.join(map(repr, stored))})"


@pytest.mark.parametrize(
    ("name", "final"),
    [
        ("application", {"signed", "expired", "cancelled", "at_counter"}),
        ("contract", {"signed", "void"}),
        ("line", {"ended"}),
        ("loan", {"settled"}),
        # Two persons of the bank may correct an order that has ended.
        ("order", set()),
        ("card check", {"confirmed", "failed"}),
    ],
)
def test_no_event_leads_out_of_a_final_state(name: str, final: set[str]) -> None:
    table, states, _, _, _ = TABLES[name]
    assert {state.value for state in states if table.is_final(state)} == final


def test_a_refusal_tells_the_state_where_the_page_needs_it() -> None:
    with pytest.raises(Problem) as review:
        credit.APPLICATION_STATES.next_state(ApplicationState.SIGNED, credit.ApplicationEvent.REQUEST_REVIEW)
    with pytest.raises(Problem) as signing:
        credit.CONTRACT_STATES.next_state(ContractState.VOID, credit.ContractEvent.START_SIGNING)
    assert (review.value.params, signing.value.params) == ({"state": "signed"}, {"state": "void"})


def test_the_index_counts_the_same_applications_as_open() -> None:
    index = next(index for index in application.indexes if index.name == "application_one_open")
    names = ", ".join(repr(state.value) for state in credit.OPEN_APPLICATIONS)
    assert str(index.dialect_options["sqlite"]["where"]) == f"state IN ({names})"
