"""Bounds of a limit, debts deducted once, and the single change that would be approved."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from mock_partners.bank.core.decision.engine import Verdict, decide
from mock_partners.bank.core.decision.single_change import find_single_change
from tests.support.people.reasons import CASES, SIX_LATE, Changes
from tests.support.people.statements import LPR_PPM, PASSING, TODAY, YUAN, late, product, said

BIG_TAX = {"yearly_mean_fen": 60_000 * YUAN, "revenue_fen": 9_000_000 * YUAN}


def verdict(code: str, **changes: dict[str, Any]) -> Verdict:
    return decide(product(code), said(PASSING[code], **changes), TODAY, LPR_PPM)


@pytest.mark.parametrize(
    ("code", "changes", "binding", "limit_yuan"),
    [
        ("sunshine_e_micro", {}, "income", 80_000),
        ("sunshine_e_micro", {"pre_credit_list": {"score": 65}}, "score", 40_000),
        ("sunshine_e_micro", {"pre_credit_list": {"score": 95, "net_income_fen": 10**8}}, "cap", 290_000),
        ("sunshine_e_micro", {"application": {"at_most_fen": 50_000 * YUAN}}, "channel", 50_000),
        ("tax_micro", {}, "revenue", 140_000),
        ("tax_micro", {"tax": {"yearly_mean_fen": 6_000 * YUAN}}, "tax", 50_000),
        # Who asks for little is not sent to a person for being good: the machine grants what it may.
        ("tax_micro", {"tax": BIG_TAX}, "machine", 300_000),
        ("tax_micro", {"tax": BIG_TAX | {"level": "M"}}, "tax", 290_000),
    ],
)
def test_the_lowest_bound_binds_and_is_named(
    code: str, changes: Changes, binding: str, limit_yuan: int
) -> None:
    found = verdict(code, **changes)
    assert (found.found.binding, found.limit_fen) == (binding, limit_yuan * YUAN)
    leaves = {bound.code: bound.leaves_fen for bound in found.found.bounds}
    assert leaves[binding] == min(leaves.values())
    assert found.found.debt_fen == 10_000 * YUAN


def test_what_a_person_may_grant_is_not_bound_by_the_machine() -> None:
    found = verdict("tax_micro", application={"amount_fen": 500_000 * YUAN}, tax=BIG_TAX)
    assert (found.outcome, found.limit_fen) == ("referred", None)
    assert (found.found.binding, found.trace["limit_computed_fen"]) == ("tax", 590_000 * YUAN)


@pytest.mark.parametrize(
    ("bureau", "before", "since", "undrawn", "debt"),
    [
        (10, 0, 0, 0, 10),
        (10, 10, 0, 0, 10),  # the bureau reports what this bank lent
        (0, 10, 0, 0, 10),  # the bureau does not know it yet, the bank does
        (10, 0, 20, 0, 30),  # drawn after the report
        (10, 10, 5, 40, 55),  # and what may still be drawn under another line
    ],
)
def test_debt_is_deducted_once_across_products(
    bureau: int, before: int, since: int, undrawn: int, debt: int
) -> None:
    own = {"lent_before_fen": before * YUAN, "lent_since_fen": since * YUAN, "undrawn_fen": undrawn * YUAN}
    found = verdict("tax_micro", credit_bureau={"unsecured_debt_fen": bureau * YUAN}, bank=own)
    assert found.found.debt_fen == debt * YUAN


def change(code: str, changes: Changes) -> dict[str, Any] | None:
    statements = said(PASSING[code], **changes)
    decided = decide(product(code), statements, TODAY, LPR_PPM)
    found = find_single_change(product(code), statements, TODAY, LPR_PPM, decided)
    if found is None:
        return None
    changed = [
        replace(each, facts={**each.facts, found.fact: found.wanted}) if each.source == found.source else each
        for each in statements
    ]
    assert decide(product(code), changed, TODAY, LPR_PPM).outcome == "approved"
    assert 0 < found.effort <= Fraction(1)
    return found.document


@pytest.mark.parametrize(
    ("code", "changes", "fact", "params"),
    [
        (
            "tax_micro",
            {"credit_bureau": {"card_use_percent": 85}},
            "credit_bureau.card_use_percent",
            (85, 70),
        ),
        ("tax_micro", {"credit_bureau": {"hard_queries_6m": 14}}, "credit_bureau.hard_queries_6m", (14, 9)),
        (
            "tax_micro",
            {"credit_bureau": {"unsecured_lenders": 40}},
            "credit_bureau.unsecured_lenders",
            (40, 3),
        ),
        ("tax_micro", {"tax": {"arrears": True}}, "tax.arrears", ()),
        (
            "sunshine_e_micro",
            {"credit_bureau": {"unsecured_debt_fen": 9_000_123}},
            "credit_bureau.unsecured_debt",
            (9_000_123, 8_000_000),
        ),
        (
            "tax_micro",
            {"application": {"amount_fen": 500_000 * YUAN}, "tax": BIG_TAX},
            "application.amount",
            (500_000 * YUAN, 300_000 * YUAN),
        ),
    ],
)
def test_the_nearest_single_change_is_found(
    code: str, changes: Changes, fact: str, params: tuple[int, ...]
) -> None:
    found = change(code, changes)
    assert found is not None
    assert (found["code"], tuple(found["params"].values())) == (fact, params)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"courts": {"dishonest": True}},
        {"identity": {"verified": False}},
        {"tax": {"yearly_mean_fen": 4_000 * YUAN}},  # no applicant is taught what to declare
        {"credit_bureau": late(*SIX_LATE)},
        {"credit_bureau": {"card_use_percent": 85, "overdue_now": 1}},  # two changes would be needed
        {"credit_bureau": {"card_use_percent": 85, "hard_queries_2m": None}},  # doubt: a person looks
    ],
)
def test_none_is_said_where_none_exists(changes: Changes) -> None:
    assert change("tax_micro", changes) is None


@pytest.mark.parametrize("code", CASES)
def test_only_what_an_applicant_can_change_honestly_is_ever_said(code: str) -> None:
    said_of = {
        found["code"]
        for pairs in CASES[code].values()
        for hits, _ in pairs
        if (found := change(code, hits)) is not None
    }
    assert {each.split(".")[0] for each in said_of} <= {"credit_bureau", "tax", "application"}
    assert said_of & {"tax.yearly_mean", "tax.revenue", "tax.level"} == set()
