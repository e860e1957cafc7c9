"""Fixtures of the core's tests; what they build is described in `tests/core_bank.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from mock_partners.core_bank.context import Context, context
from partner_adapters.terms.clock import CHINA, FixedClock
from tests.core_bank import TestBank, running_bank

START = datetime(2026, 11, 24, 10, 0, tzinfo=CHINA)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture
def ctx(clock: FixedClock) -> Context:
    """Partner `lyg` at bank `hzw`."""
    return context(clock, "hzw", "lyg")


@pytest.fixture
async def bank(
    anyio_backend: str, database_url: str, tmp_path: Path, clock: FixedClock
) -> AsyncIterator[TestBank]:
    """A fresh core on each database, with its outside parties."""
    async with running_bank(database_url, tmp_path, clock) as made:
        yield made
