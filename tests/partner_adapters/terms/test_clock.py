from datetime import UTC, date, datetime, timedelta

import pytest

from partner_adapters.terms.clock import FixedClock, MovedClock


def test_the_business_date_is_the_date_in_china() -> None:
    assert FixedClock(datetime(2026, 11, 23, 16, 30, tzinfo=UTC)).today() == date(2026, 11, 24)


def test_moving_business_time_leaves_protocol_time_alone() -> None:
    base = FixedClock(datetime(2026, 11, 24, 2, 0, tzinfo=UTC))
    clock = MovedClock(base)
    clock.advance(timedelta(days=30))
    assert clock.wall() == base.wall()
    assert clock.today() == date(2026, 12, 24)
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(timedelta(seconds=-1))
