"""Whatever happens to phone or bank at the tap × every command: the effect stands once, no page says otherwise.

Without scripts, so that nothing of ours in the browser helps; double taps also with.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.journeys import interruptions
from tests.journeys.trying import Interruption, Scene, tried
from tests.support.cases import COMMAND_CASES
from tests.support.sample import crossed, only

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("logged_in")]


INTERRUPTIONS = (
    interruptions.double_tap,
    interruptions.back_button,
    interruptions.reload,
    interruptions.two_tabs,
    interruptions.network_lost_after_the_tap,
    interruptions.session_ends_in_mid_form,
    interruptions.core_down,
    interruptions.core_slow,
    interruptions.core_without_its_database,
    interruptions.core_gone_after_its_commit,
    interruptions.core_too_late,
    interruptions.core_answer_lost,
)


# The sample: every interruption and every command once or twice.
@pytest.mark.parametrize(("command", "interruption"), crossed(COMMAND_CASES, INTERRUPTIONS, every=8))
def test_it_is_done_once_and_the_page_says_so(
    scene: Scene, browser: Browser, command: str, interruption: Interruption
) -> None:
    tried(scene, browser, command, interruption, scripts=False)


@pytest.mark.parametrize("command", only([name for name in COMMAND_CASES if name != "signing"], "drawdown"))
def test_a_double_tap_where_scripts_help(scene: Scene, browser: Browser, command: str) -> None:
    tried(scene, browser, command, interruptions.double_tap, scripts=True)


def test_a_double_tap_on_a_signature_where_scripts_count_the_reading(scene: Scene, browser: Browser) -> None:
    tried(scene, browser, "signing", interruptions.double_tap_where_scripts_count_the_reading, scripts=True)


@pytest.mark.parametrize(
    ("command", "interruption"),
    crossed(
        ["top_up", "opening", "signing"],
        [interruptions.outside_party_down, interruptions.outside_party_answer_lost],
        every=2,
    ),
)
def test_it_waits_for_an_outside_party_and_is_done_once(
    scene: Scene, browser: Browser, command: str, interruption: Interruption
) -> None:
    """The other two commands need no outside party."""
    tried(scene, browser, command, interruption, scripts=False)


def test_the_networks_notice_alone_tells_and_tells_once(scene: Scene, browser: Browser) -> None:
    """Only top-ups have notices."""
    tried(scene, browser, "top_up", interruptions.notice_before_the_answer, scripts=False)
