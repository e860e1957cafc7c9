"""The table of actions agrees with the wire, the chart of accounts, the proofs, and with every list of kinds."""

from __future__ import annotations

from collections import Counter
from typing import get_args

from mock_partners.bank.core.kernel.account_roles import WALLET
from mock_partners.bank.core.kernel.actions import (
    ACTIONS,
    ordered_kinds,
    settled_with,
    sql_list,
)
from mock_partners.bank.core.kernel.parties import CARD_NETWORK
from mock_partners.bank.core.kernel.proof import Proof
from mock_partners.bank.core.ledger.chart import CHART
from mock_partners.bank.core.reconciliation.card_transfers import TRANSFERS
from mock_partners.bank.core.rooms import PROOFS
from partner_adapters.core_bank.orders import OrderKind


def test_each_kind_has_one_row() -> None:
    assert set(Counter(action.kind for action in ACTIONS).values()) == {1}


def test_the_kinds_of_orders_are_those_of_the_wire() -> None:
    assert {action.kind for action in ACTIONS if action.ordered} == set(get_args(OrderKind))


def test_a_proof_covers_each_action() -> None:
    names = {proof.name for proof in PROOFS}
    assert [action.kind for action in ACTIONS if action.proof not in names] == []


def test_the_proof_of_an_action_asks_for_its_kind() -> None:
    queries = {proof.name: proof.query for proof in PROOFS if isinstance(proof, Proof)}
    assert [a.kind for a in ACTIONS if f"'{a.kind}'" not in queries[a.proof]] == []


def test_movements_are_between_accounts_of_the_chart_and_wallets() -> None:
    roles = {role for action in ACTIONS for move in action.moves for role in move}
    assert roles == {*CHART, WALLET}


def test_an_action_that_moves_money_says_what_it_is_about() -> None:
    assert [action.kind for action in ACTIONS if bool(action.moves) != bool(action.subject)] == []


def test_the_table_answers_who_settles_and_who_orders() -> None:
    assert settled_with(CARD_NETWORK) == list(TRANSFERS)
    assert "top_up" in TRANSFERS
    assert settled_with("nobody") == []
    assert ordered_kinds("loan") == ["drawdown", "repayment"]
    assert ordered_kinds("account") == ["top_up", "withdrawal", "card_repayment"]
    assert sql_list(ordered_kinds("loan")) == "'drawdown', 'repayment'"
