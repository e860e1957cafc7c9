from datetime import UTC, date, datetime

from partner_adapters.kit.values.clock import FixedClock


def test_the_business_date_is_the_date_in_china() -> None:
    assert FixedClock(datetime(2026, 11, 23, 16, 30, tzinfo=UTC)).today() == date(2026, 11, 24)
