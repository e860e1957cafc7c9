"""A sample of the matrix with everybody's data on PostgreSQL: one interruption of each command, in `make walk`.

In `make test`, tests/faults/test_sample.py tries commands on a PostgreSQL that goes away. The whole matrix runs by
`pytest -m browser --database postgresql`.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.journeys import interruptions
from tests.journeys.trying import Scene, tried

pytestmark = [
    pytest.mark.slow,
    pytest.mark.postgresql,
    pytest.mark.whole,
    pytest.mark.usefixtures("logged_in"),
]
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


@pytest.mark.parametrize("command", SAMPLE)
def test_it_is_done_once_and_the_page_says_so(scene: Scene, browser: Browser, command: str) -> None:
    tried(scene, browser, command, SAMPLE[command], scripts=False)
