"""The classic script on a real Chromium 64, which has no cookies in frames and keeps no pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sdk.engines.scenarios import SCENARIOS, Scenario
from tests.sdk.engines.stage import TOLD, Engine, Stage
from tests.support.browsers.chromium64 import chromium
from tests.support.browsers.devtools import press_escape
from tests.support.browsers.remembering import ChromiumTab


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with chromium() as devtools:
        tab = ChromiumTab(devtools)
        yield Engine(
            tab,
            lambda: press_escape(devtools),
            classic=True,
            keeps_cookies=False,
            keeps_pages=False,
            help=TOLD,
        )


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_chromium_64(scenario: Scenario, stage: Stage) -> None:
    scenario(stage)
