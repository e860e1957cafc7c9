"""How long an identity card is valid follows from the age at which it was issued."""

from datetime import date, timedelta

import pytest

from mock_partners.bank.core.customers.identity_card import card_validity

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("born_on", "expires_on", "refusal"),
    [
        # Issued for ten years at 21, for twenty years at 30, for ever at 46.
        (date(2004, 3, 1), date(2035, 8, 31), None),
        (date(1990, 3, 1), date(2040, 8, 31), None),
        (date(1979, 5, 12), date(2035, 8, 31), None),
        (date(1979, 5, 12), None, None),
        (date(1959, 3, 15), None, None),
        # The last day counts, the day after it does not.
        (date(1990, 3, 1), TODAY, "document.not_as_issued"),
        (date(1996, 3, 1), TODAY, None),
        (date(1996, 3, 1), TODAY - timedelta(days=1), "document.expired"),
        # 36 years old: a card for ten years ended at 35, one for twenty years begins at 26.
        (date(1990, 3, 1), date(2030, 8, 31), "document.not_as_issued"),
        (date(1990, 3, 1), date(2046, 11, 24), None),
        (date(1990, 3, 1), date(2046, 11, 25), "document.not_as_issued"),
        # The police may issue what was asked for at 25 within 90 days.
        (date(1996, 3, 1), date(2032, 5, 30), None),
        (date(1996, 3, 1), date(2032, 5, 31), "document.not_as_issued"),
        (date(1980, 11, 25), None, "document.not_long_term"),
        (date(1980, 11, 24), None, None),
        # Twenty years from 45 have passed at 67.
        (date(1959, 3, 15), date(2035, 8, 31), "document.not_as_issued"),
        (date(1996, 2, 29), date(2031, 2, 28), None),
    ],
)
def test_a_card_ends_when_the_law_says(born_on: date, expires_on: date | None, refusal: str | None) -> None:
    assert card_validity(born_on, TODAY).refusal(expires_on) == refusal


def test_every_adult_can_hold_a_card() -> None:
    for years in range(18, 100):
        validity = card_validity(date(TODAY.year - years, 6, 15), TODAY)
        assert validity.long_term or validity.ranges
