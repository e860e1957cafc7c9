"""A sample of the matrix with everybody's data on PostgreSQL. The whole matrix runs by `pytest -m browser
--database postgresql`.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.journeys import interruptions
from tests.journeys.trying import Interruption, Scene, tried

pytestmark = [pytest.mark.slow, pytest.mark.postgresql, pytest.mark.usefixtures("logged_in")]
SAMPLE = {
    "opening": interruptions.double_tap,
    "signing": interruptions.reload,
    "top_up": interruptions.core_answer_lost,
    "drawdown": interruptions.core_without_its_database,
    "repayment": interruptions.core_answer_lost,
}


@pytest.fixture(scope="module")
def database() -> str:
    return "postgresql"


@pytest.mark.parametrize(("command", "interruption"), SAMPLE.items(), ids=SAMPLE)
def test_it_is_done_once_and_the_page_says_so(
    scene: Scene, browser: Browser, command: str, interruption: Interruption
) -> None:
    tried(scene, browser, command, interruption, scripts=False)
