"""Limit, rate, better dates and offers of 阳光E贷-小微经营贷, as its sheet has them."""

from datetime import date
from typing import Any

import pytest

from mock_partners.bank.core.decision.engine import Verdict, decide
from mock_partners.bank.core.decision.facts import SourceStatement
from tests.support.people.statements import CLEAN, LPR_PPM, TODAY, YUAN, late, product, said


def verdict(**changes: dict[str, Any]) -> Verdict:
    return decide(product(), said(**changes), TODAY, LPR_PPM)


def codes(found: Verdict) -> list[str]:
    return [reason.code for reason in found.reasons]


def test_a_clean_applicant_with_score_84_gets_80_000_at_5_20_percent() -> None:
    found = verdict()
    assert (found.outcome, found.limit_fen, found.rate_ppm) == ("approved", 80_000 * YUAN, 52_000)
    assert found.reasons == []


@pytest.mark.parametrize(
    ("score", "limit_yuan", "rate_ppm"),
    [
        (60, 50_000, 58_000),
        (69, 50_000, 58_000),
        (70, 100_000, 58_000),
        (80, 200_000, 52_000),
        (88, 200_000, 47_000),
        (90, 300_000, 47_000),
        (95, 300_000, 42_000),
    ],
)
def test_the_score_decides_the_grade_s_limit_and_rate(score: int, limit_yuan: int, rate_ppm: int) -> None:
    rich = {"score": score, "net_income_fen": 900_000 * YUAN, "existing_debt_fen": 0}
    found = verdict(pre_credit_list=rich, credit_bureau={"unsecured_debt_fen": 0})
    assert (found.limit_fen, found.rate_ppm) == (limit_yuan * YUAN, rate_ppm)


def test_a_customer_of_another_group_is_looked_at_by_a_person() -> None:
    found = verdict(application={"group": "unknown"})
    assert (found.outcome, codes(found)) == ("referred", ["A04"])
    assert verdict(application={"group": "sole_trader"}).outcome == "approved"


def test_income_caps_the_limit_and_thousands_are_floored() -> None:
    found = verdict(pre_credit_list={"net_income_fen": 41_234 * YUAN})
    assert found.limit_fen == 51_000 * YUAN  # 61,851 less 10,000 of debts


def test_the_larger_of_two_tellings_of_the_debts_counts() -> None:
    assert verdict(credit_bureau={"unsecured_debt_fen": 30_000 * YUAN}).limit_fen == 60_000 * YUAN
    assert verdict(credit_bureau={"unsecured_debt_fen": 0}).limit_fen == 80_000 * YUAN


@pytest.mark.parametrize("age", [18, 65])
def test_the_ends_of_the_age_range_are_inside(age: int) -> None:
    assert verdict(identity={"age": age}).outcome == "approved"


def test_five_scattered_late_months_pass_and_three_in_a_row_do_not() -> None:
    assert (
        verdict(credit_bureau=late("2026-05", "2026-03", "2026-01", "2025-11", "2025-09")).outcome
        == "approved"
    )
    run = late("2026-05", "2026-04", "2026-03") | {"worst_run_24": 3}
    assert codes(verdict(credit_bureau=run)) == ["P02"]


def test_somebody_not_on_the_list_is_told_that_and_nothing_about_scores() -> None:
    statements = [s for s in said() if s.source != "pre_credit_list"]
    unlisted = type(statements[0])("pre_credit_list", TODAY, {"listed": False})
    found = decide(product(), [*statements, unlisted], TODAY, LPR_PPM)
    assert (found.outcome, codes(found)) == ("declined", ["V04"])


def test_seven_late_months_are_said_with_the_month_from_which_it_looks_better() -> None:
    months = ("2026-05", "2026-02", "2025-10", "2025-09", "2025-06", "2025-03", "2025-02")
    found = verdict(credit_bureau=late(*months) | {"worst_run_24": 2})
    assert codes(found) == ["P02"]
    assert found.reasons[0].params == {"found": 7, "limit": 6, "run": 2, "run_limit": 3}
    assert found.better_from == date(2027, 3, 1)


def test_no_better_date_is_promised_where_another_reason_has_none() -> None:
    months = late("2026-05", "2026-03", "2026-01", "2025-11", "2025-09", "2025-07")
    assert verdict(credit_bureau=months).better_from == date(2027, 7, 1)
    assert verdict(credit_bureau=months, courts={"dishonest": True}).better_from is None
    assert verdict(identity={"age": 67, "birth_date": "1959-03-15"}).better_from is None
    assert verdict(identity={"age": 17, "birth_date": "2009-03-15"}).better_from == date(2027, 3, 15)


def offered(statements: list[SourceStatement]) -> tuple[int | None, int | None]:
    found = decide(product(), statements, TODAY, LPR_PPM, "offer")
    return found.limit_fen, found.rate_ppm


def test_an_offer_rests_on_the_list_and_the_bank_s_own_books_alone() -> None:
    known = [s for s in said() if s.source in ("identity", "bank", "blacklist", "pre_credit_list")]
    assert offered(known) == (80_000 * YUAN, 52_000)
    assert offered(known[:-1]) == (None, None)
    # What no offer asks for does not count, whatever it says.
    assert offered(said(courts={"dishonest": True})) == (80_000 * YUAN, 52_000)


@pytest.mark.parametrize(
    "changes",
    [
        {"identity": {"age": 67}},
        {"identity": {"in_region": False}},
        {"bank": {"undrawn_fen": 80_000 * YUAN}},
        {"pre_credit_list": {"vetoed": True}},
        {"pre_credit_list": {"reviewers": 2}},
        {"pre_credit_list": {"score": None}},
        {"pre_credit_list": {"existing_debt_fen": 85_000 * YUAN}},
    ],
)
def test_nothing_is_offered_that_an_application_would_not_get(changes: dict[str, dict[str, Any]]) -> None:
    assert offered(said(CLEAN, **changes)) == (None, None)
