"""The worked example beside a product adds up."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from h5app.examples import example
from tests.support.pages import samples


def test_ten_thousand_for_a_year_at_five_point_two() -> None:
    shown = example(samples.product(rate_to_ppm=52_000))
    assert (shown.amount_fen, shown.months, shown.monthly_fen) == (1_000_000, 12, 85_699)


@given(
    rate_ppm=st.integers(0, 240_000),
    months=st.lists(st.integers(1, 60), min_size=1, unique=True),
    least=st.integers(1, 10**8),
)
def test_level_payments_repay_principal_and_interest(rate_ppm: int, months: list[int], least: int) -> None:
    product = samples.product(
        rate_to_ppm=rate_ppm, tenors_months=months, min_fen=least, max_fen=max(least, 30_000_000)
    )
    shown = example(product)
    assert shown.monthly_fen is not None
    left = Fraction(shown.amount_fen)
    for _month in range(shown.months):
        left += left * rate_ppm / 12_000_000 - shown.monthly_fen
    # The payment is rounded by at most half a fen, and each month's error grows with interest.
    assert abs(left) <= shown.months * (1 + Fraction(rate_ppm, 12_000_000)) ** shown.months
    assert abs(shown.monthly_fen * shown.months - shown.amount_fen - shown.interest_fen) <= shown.months


@pytest.mark.parametrize("method", ["interest_first", "on_demand"])
def test_without_level_payments_a_months_interest_is_shown(method: str) -> None:
    shown = example(samples.product(methods=[method], rate_to_ppm=52_000))
    assert shown.monthly_fen is None
    assert shown.interest_fen == 4_333
