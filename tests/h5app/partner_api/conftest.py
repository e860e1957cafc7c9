"""Every test has its own partner API, in sandbox mode unless it opens another."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.houses.partner_api import PartnerApiHouse, partner_api


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[PartnerApiHouse]:
    async with partner_api(tmp_path) as opened:
        yield opened
