"""Doubt refers, never approves: missing, mistyped, stale, future and contradictory facts, in any order of rules."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_partners.bank.core.decision.engine import decide
from mock_partners.bank.core.decision.facts import SourceStatement, needed_sources
from mock_partners.bank.core.products.document import Fact, Rule
from tests.support.people.statements import CLEAN, LPR_PPM, PASSING, TAX, TODAY, YUAN, late, product, said

WRONG: list[Any] = [None, "1", 1.0, 3.5, {}, b"x", 2**70, -(2**70), -1]


def faults_of(value: Any, fact: Fact) -> list[Any]:
    """Values that the fact cannot have: of another type, beyond its range, or a truth for a number."""
    swapped = {bool: [0, 1], int: [True, False]}.get(type(value), [])
    beyond = [fact.range[0] - 1, fact.range[1] + 1] if fact.range else []
    others = [wrong for wrong in WRONG if type(wrong) is not type(value)]
    return [
        *others,
        *swapped,
        *beyond,
        *([2**70] if type(value) is int else []),
        *([""] if fact.values else []),
    ]


@pytest.mark.parametrize("code", PASSING)
def test_no_fact_of_a_passing_case_can_be_deleted_or_mistyped_and_still_pass(code: str) -> None:
    base = PASSING[code]
    assert decide(product(code), said(base), TODAY, LPR_PPM).outcome == "approved"
    for source, needs in needed_sources(product(code), "application").items():
        for field, fact in needs.facts.items():
            if field not in base[source]:
                # It is stated only beside another fact, which says that it is not.
                assert base[source][fact.given] is False
                continue
            without = {name: facts for name, facts in base[source].items() if name != field}
            for facts in (
                without,
                *({**without, field: wrong} for wrong in faults_of(base[source][field], fact)),
            ):
                found = decide(product(code), said({**base, source: facts}), TODAY, LPR_PPM)
                assert found.outcome == "referred", (source, field, facts.get(field))
                assert ("D01", source) in {(reason.code, reason.source) for reason in found.reasons}


@pytest.mark.parametrize(
    "odd",
    [
        {"price": product().price.model_copy(update={"product_bp": -1_000})},
        {"price": product().price.model_copy(update={"product_bp": 10_000})},
        {"limit": product().limit.model_copy(update={"debts": ["params.cap_fen"]}), "rules": []},
        {"limit": product().limit.model_copy(update={"bounds": []}), "rules": []},
    ],
    ids=["negative rate", "rate beyond every contract", "no limit", "no bound"],
)
def test_what_no_contract_could_say_is_never_approved(odd: dict[str, Any]) -> None:
    """Such an approval could not be drafted, and its application would be decided anew for ever."""
    found = decide(product().model_copy(update=odd), said(), TODAY, LPR_PPM)
    assert (found.outcome, found.limit_fen, found.rate_ppm) == ("referred", None, None)


@given(st.lists(st.sampled_from(sorted(CLEAN)), min_size=1, unique=True))
def test_a_silent_source_is_never_approved(silent: list[str]) -> None:
    statements = [s for s in said() if s.source not in silent]
    found = decide(product(), statements, TODAY, LPR_PPM)
    assert found.outcome == "referred"
    assert [reason.source for reason in found.reasons if reason.code == "D01"] == sorted(silent)


@given(st.sampled_from(sorted(product().sources)), st.integers(31, 4000))
def test_a_stale_answer_is_never_approved(source: str, age_days: int) -> None:
    old = [
        SourceStatement(
            s.source, TODAY - timedelta(days=age_days) if s.source == source else s.as_of, s.facts
        )
        for s in said()
    ]
    found = decide(product(), old, TODAY, LPR_PPM)
    assert (found.outcome, [r.code for r in found.reasons]) == ("referred", ["D01"])


def test_an_answer_from_tomorrow_is_doubted() -> None:
    ahead = [
        SourceStatement(s.source, TODAY + timedelta(days=1), s.facts) for s in said() if s.source == "courts"
    ]
    others = [s for s in said() if s.source != "courts"]
    assert decide(product(), [*others, *ahead], TODAY, LPR_PPM).outcome == "referred"


@pytest.mark.parametrize(
    "at_odds",
    [
        late("2026-05") | {"overdue_months_24": 2},
        {"worst_run_24": 3},
        late() | {"overdue_months_24": 25},
        {"unsecured_debt_fen": -1},
    ],
)
def test_a_report_that_contradicts_itself_is_referred_and_never_declined_on(at_odds: dict[str, Any]) -> None:
    found = decide(product(), said(credit_bureau=at_odds), TODAY, LPR_PPM)
    assert found.outcome == "referred"
    assert ("D01", "credit_bureau") in {(reason.code, reason.source) for reason in found.reasons}


def test_a_limit_too_low_by_debts_that_are_in_doubt_is_referred() -> None:
    odd = {"unsecured_debt_fen": 500_000 * YUAN, "worst_run_24": 3}
    assert decide(product(), said(credit_bureau=odd), TODAY, LPR_PPM).outcome == "referred"


def test_a_sound_source_may_decline_though_another_is_silent() -> None:
    statements = [s for s in said(courts={"dishonest": True}) if s.source != "credit_bureau"]
    found = decide(product(), statements, TODAY, LPR_PPM)
    assert (found.outcome, [r.code for r in found.reasons]) == ("declined", ["J01"])


@given(
    st.permutations(product().rules),
    st.sampled_from([{}, {"overdue_now": 2}, {"bad": 1}, {"worst_run_24": None}]),
)
def test_the_order_of_rules_and_statements_does_not_matter(rules: list[Rule], change: dict[str, Any]) -> None:
    statements = said(credit_bureau=change)
    shuffled = product().model_copy(update={"rules": rules})
    assert decide(shuffled, statements[::-1], TODAY, LPR_PPM) == decide(product(), statements, TODAY, LPR_PPM)


amounts = st.integers(0, 10**11)


@given(st.integers(0, 100), amounts, amounts, amounts, amounts)
def test_higher_debts_never_raise_the_limit(
    score: int, income: int, told: int, known: int, more: int
) -> None:
    def limit(told_fen: int, known_fen: int) -> int:
        base = {"score": score, "net_income_fen": income, "existing_debt_fen": told_fen}
        statements = said(pre_credit_list=base, credit_bureau={"unsecured_debt_fen": known_fen})
        return decide(product(), statements, TODAY, LPR_PPM).limit_fen or 0

    before = limit(told, known)
    assert limit(told + more, known) <= before
    assert limit(told, known + more) <= before


@given(st.integers(0, 100), amounts, amounts)
def test_an_approved_limit_is_whole_thousands_within_its_bounds(score: int, income: int, debt: int) -> None:
    changed = {"score": score, "net_income_fen": income, "existing_debt_fen": debt}
    found = decide(product(), said(pre_credit_list=changed), TODAY, LPR_PPM)
    if found.outcome == "approved":
        assert found.limit_fen is not None
        assert found.limit_fen % 100_000 == 0
        assert 1_000_000 <= found.limit_fen <= min(30_000_000, income * 3 // 2 - debt)


def test_a_tax_product_is_referred_while_its_sources_are_silent() -> None:
    found = decide(product("tax_micro"), said(), TODAY, LPR_PPM)
    assert found.outcome == "referred"
    assert [(r.code, r.source) for r in found.reasons] == [
        ("D01", "registry"),
        ("D01", "tax"),
        ("D01", "warnings"),
    ]


def test_a_tax_product_with_every_source_is_priced_by_its_sheet() -> None:
    found = decide(product("tax_micro"), said(CLEAN | TAX), TODAY, LPR_PPM)
    # 10 × 20,000; 10 % of 1,500,000; cap 1,000,000: 150,000 less 10,000 of unsecured debt
    assert (found.outcome, found.limit_fen, found.rate_ppm) == ("approved", 140_000 * YUAN, 36_000)


def test_an_unknown_tax_level_is_referred_and_a_bad_one_declined() -> None:
    assert (
        decide(product("tax_micro"), said(CLEAN | TAX, tax={"level": "Z"}), TODAY, LPR_PPM).outcome
        == "referred"
    )
    bad = decide(product("tax_micro"), said(CLEAN | TAX, tax={"level": "D"}), TODAY, LPR_PPM)
    assert (bad.outcome, [r.code for r in bad.reasons]) == ("declined", ["T01"])
