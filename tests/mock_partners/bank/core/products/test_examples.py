"""The worked example beside a product adds up."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_partners.bank.core.products.catalogue import seeds
from mock_partners.bank.core.products.document import Price
from mock_partners.bank.core.products.examples import example_of
from partner_adapters.core_bank.products import ProductExample

SUNSHINE = next(document for document in seeds() if document.code == "sunshine_e_micro")


def example_at(rate_ppm: int, **asking: Any) -> ProductExample:
    """The example of a product that costs exactly `rate_ppm`, with these parts of what may be asked for changed."""
    changes = {
        "price": Price(grade_bp="0", grades_bp=[0], product_bp=0),
        "asking": SUNSHINE.asking.model_copy(update=asking),
    }
    return example_of(SUNSHINE.model_copy(update=changes), rate_ppm)


def test_ten_thousand_for_a_year_at_five_point_two() -> None:
    shown = example_at(52_000)
    assert (shown.amount_fen, shown.months, shown.monthly_fen) == (1_000_000, 12, 85_699)


@given(
    rate_ppm=st.integers(0, 240_000),
    months=st.lists(st.integers(1, 60), min_size=1, unique=True),
    least=st.integers(1, 10**8),
)
def test_level_payments_repay_principal_and_interest(rate_ppm: int, months: list[int], least: int) -> None:
    shown = example_at(rate_ppm, tenors_months=months, min_fen=least, max_fen=max(least, 30_000_000))
    assert shown.monthly_fen is not None
    left = Fraction(shown.amount_fen)
    for _month in range(shown.months):
        left += left * rate_ppm / 12_000_000 - shown.monthly_fen
    # The payment is rounded by at most half a fen, and each month's error grows with interest.
    assert abs(left) <= shown.months * (1 + Fraction(rate_ppm, 12_000_000)) ** shown.months
    assert abs(shown.monthly_fen * shown.months - shown.amount_fen - shown.interest_fen) <= shown.months


@pytest.mark.parametrize("method", ["interest_first", "on_demand"])
def test_without_level_payments_a_months_interest_is_shown(method: str) -> None:
    shown = example_at(52_000, methods=[method])
    assert shown.monthly_fen is None
    assert shown.interest_fen == 4_333


def test_the_example_is_worked_out_at_the_products_highest_rate() -> None:
    lpr_ppm = 30_000
    assert example_of(SUNSHINE, lpr_ppm).rate_ppm == SUNSHINE.rate_ppm(lpr_ppm, max(SUNSHINE.price.grades_bp))
