"""Builders for the core's tests."""

from __future__ import annotations

from datetime import datetime

import pytest

from mock_partners.core_bank.context import Context, context
from partner_adapters.terms.clock import CHINA, FixedClock

START = datetime(2026, 11, 24, 10, 0, tzinfo=CHINA)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture
def ctx(clock: FixedClock) -> Context:
    """Partner `lyg` at bank `hzw`."""
    return context(clock, "hzw", "lyg")
