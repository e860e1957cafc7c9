"""The module on WebKit, the engine of every iPhone's web views."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.sdk.engines.scenarios import (
    SCENARIOS,
    Scenario,
    a_login_in_a_frame_goes_where_the_browser_keeps_its_cookie,
    a_page_that_comes_back_says_that_the_customer_left,
)
from tests.sdk.engines.stage import Engine, Stage
from tests.support.browsers.webkit import WebKitTab, webkit

pytestmark = pytest.mark.whole


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with webkit(tmp_path_factory.mktemp("webkit")) as tab:
        # It keeps no `Secure` cookie of http://localhost, so it has none in frames here.
        yield Engine(tab, lambda: press_escape(tab), keeps_cookies=False)


def press_escape(tab: WebKitTab) -> None:
    tab.driver.switch_to.frame(0)
    tab.driver.find_element(By.TAG_NAME, "body").send_keys(Keys.ESCAPE)
    tab.driver.switch_to.default_content()


LEFT_OUT = (
    # This WebKit loads a page anew when the person goes back to it from another site. Its driver then answers no more.
    a_page_that_comes_back_says_that_the_customer_left,
    # Our page first offers to ask WebKit for cookies at a tap (tests/sdk/test_doctor_in_engines.py).
    a_login_in_a_frame_goes_where_the_browser_keeps_its_cookie,
)


@pytest.mark.parametrize(
    "scenario",
    [scenario for scenario in SCENARIOS if scenario not in LEFT_OUT],
    ids=lambda scenario: scenario.__name__,
)
def test_webkit(scenario: Scenario, stage: Stage) -> None:
    scenario(stage)
