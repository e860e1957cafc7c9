"""The module on Firefox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sdk.engines.scenarios import SCENARIOS, Scenario
from tests.sdk.engines.stage import Engine, Stage
from tests.support.browsers.firefox import ESCAPE, firefox

pytestmark = pytest.mark.whole


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with firefox(tmp_path_factory.mktemp("firefox")) as tab:
        yield Engine(tab, lambda: tab.press(ESCAPE, in_frame=True))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_firefox(scenario: Scenario, stage: Stage) -> None:
    scenario(stage)
