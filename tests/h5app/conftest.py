"""Every test has its own pages and its own bank."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.houses.site import Site, site


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Site]:
    """The pages over a scripted bank; protocol time stands still at `NOW` until moved."""
    with site(tmp_path) as running:
        yield running
