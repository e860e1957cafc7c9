"""Whatever happens to phone or bank at the tap × every command: the effect stands once, no page says otherwise.

Without scripts, so that nothing of ours in the browser helps; double taps also with.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.faults.deeds import DEEDS
from tests.journeys import interruptions
from tests.journeys.trying import Interruption, Scene, tried

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("logged_in")]


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize(
    "interruption",
    [
        interruptions.double_tap,
        interruptions.back_button,
        interruptions.reload,
        interruptions.two_tabs,
        interruptions.network_lost_after_the_tap,
        interruptions.session_ends_in_mid_form,
        interruptions.core_down,
        interruptions.core_too_late,
        interruptions.core_answer_lost,
    ],
    ids=lambda value: value.__name__,
)
def test_it_is_done_once_and_the_page_says_so(
    scene: Scene, browser: Browser, deed: str, interruption: Interruption
) -> None:
    tried(scene, browser, deed, interruption, scripts=False)


@pytest.mark.parametrize("deed", [deed for deed in DEEDS if deed != "signing"])
def test_a_double_tap_where_scripts_help(scene: Scene, browser: Browser, deed: str) -> None:
    """A signature's button waits by the browser's own clock; `test_the_way` does that."""
    tried(scene, browser, deed, interruptions.double_tap, scripts=True)


@pytest.mark.parametrize("deed", ["top_up", "opening", "signing"])
def test_it_waits_for_an_outside_party_and_is_done_once(scene: Scene, browser: Browser, deed: str) -> None:
    """The other two need nobody outside."""
    tried(scene, browser, deed, interruptions.outside_party_down, scripts=False)
