"""The module on Debian's whole Chromium, which keeps pages in memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sdk.engines.scenarios import SCENARIOS, Scenario
from tests.sdk.engines.stage import Engine, Stage
from tests.support.browsers.devtools import press_escape
from tests.support.browsers.remembering import remembering_chromium


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with remembering_chromium(tmp_path_factory.mktemp("chromium")) as tab:
        yield Engine(tab, lambda: press_escape(tab.devtools))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_chromium(scenario: Scenario, stage: Stage) -> None:
    scenario(stage)
