"""What is too old by a clock that is behind ours is called a wrong clock, whatever dialect it came in."""

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from partner_adapters.identity.clocks import seconds_ahead, too_old
from partner_adapters.identity.errors import Code

NOW = datetime(2026, 11, 24, 2, 40, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ahead_s", "code"),
    [(None, Code.STALE), (0, Code.STALE), (-10, Code.STALE), (-11, Code.CLOCK), (70, Code.STALE)],
)
def test_too_old_by_a_clock_that_is_behind_is_the_clocks_fault(ahead_s: float | None, code: Code) -> None:
    assert too_old(Code.STALE, ahead_s, 10).code == code


def test_a_date_header_tells_the_hosts_clock() -> None:
    assert seconds_ahead(format_datetime(NOW), NOW) == 0
    assert seconds_ahead("yesterday", NOW) is None
    assert seconds_ahead("", NOW) is None
