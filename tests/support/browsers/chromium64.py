"""A real Chromium 64."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.browsers.devtools import DevTools
from tests.support.browsers.launched import launched

ROOT = Path(__file__).parents[3]
INSTALLED = ROOT / ".sunbridge/old-phones"
EXECUTABLE = INSTALLED / "chromium"
# Its first start on a machine reads every font.
STARTED_WITHIN_S = 60
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-software-rasterizer",
    "--hide-scrollbars",
)


@contextmanager
def chromium() -> Iterator[DevTools]:
    """The one tab of a fresh browser; it ends with the block."""
    if not EXECUTABLE.exists():
        pytest.fail("Chromium 64 is not here: run scripts/old-chromium (make test does)")
    with launched([EXECUTABLE, *OPTIONS], STARTED_WITHIN_S) as tab:
        yield tab
