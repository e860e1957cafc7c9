"""The doctor, and frames without our cookies, in Firefox and in WebKit: what each browser lets us keep differs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from selenium.webdriver.common.by import By

from h5app.sdk.routes import versions
from tests.support.browsers.firefox import firefox
from tests.support.browsers.partners_page import partners_page
from tests.support.browsers.tab import Tab
from tests.support.browsers.webkit import webkit
from tests.support.houses.site import Site, served

pytestmark = pytest.mark.whole
ENGINES = {"firefox": firefox, "webkit": webkit}
# The classic script, by a tag without `crossorigin`.
RUN = """(() => {
  window.report = null;
  const script = document.createElement("script");
  script.src = %(src)s;
  script.onload = () => {
    script.remove();
    Sunbridge.doctor({ entry: %(entry)s, provide: { authTicket: async () => "T-1" } }).then(
      (report) => { window.report = report; }, ({ code, reason }) => { window.report = { code, reason }; });
  };
  document.head.append(script);
  return true;
})()"""
OPEN = """(() => {
  window.heard = [];
  addEventListener("message", ({ data }) => heard.push(data.type));
  const frame = document.createElement("iframe");
  frame.name = "sunbridge-" + "a".repeat(32);
  frame.src = %s;
  document.body.append(frame);
  return true;
})()"""


@pytest.fixture(scope="module")
def app() -> Iterator[str]:
    with partners_page() as address:
        yield address


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory, app: str) -> Iterator[Site]:
    with served(tmp_path_factory.mktemp("bank"), framed_by=[app]) as site:
        yield site


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with ENGINES[request.param](tmp_path_factory.mktemp(request.param)) as tab:
        yield tab


def examined(tab: Tab, bank: Site, app: str, policy: str) -> dict[str, Any]:
    tab.open(f"{app}?{urlencode({'csp': policy})}" if policy else app)
    src = f"{bank.base_url}/sdk/{versions()[-1]}/sunbridge.classic.js"
    tab.ask(RUN % {"src": json.dumps(src), "entry": json.dumps(f"{bank.base_url}/lyg/enter")})
    tab.becomes("window.report")
    report: dict[str, Any] = json.loads(tab.ask("JSON.stringify(window.report)"))
    return report


def missing(report: dict[str, Any]) -> dict[str, str | None]:
    return {check["check"]: check["line"] for check in report["checks"] if check["state"] == "missing"}


def test_each_engine_tells_what_the_policy_forbids(engine: Tab, bank: Site, app: str) -> None:
    ours, folder = bank.base_url, f"{bank.base_url}/sdk/{versions()[-1]}"
    assert missing(examined(engine, bank, app, "frame-src 'self'")) == {
        "frame_src": f"frame-src 'self' {ours}"
    }
    let_in = f"script-src 'unsafe-eval' {folder}/sunbridge.classic.js"
    assert missing(examined(engine, bank, app, let_in)) == {"script_src": f"{let_in} {ours}"}
    let_in = f"{let_in} {folder}/doctor.js"
    assert missing(examined(engine, bank, app, let_in))["script_src"] == f"{let_in} {ours}"


def test_firefox_keeps_our_cookie_in_the_frame(tmp_path: Path, bank: Site, app: str) -> None:
    with firefox(tmp_path) as tab:
        assert missing(examined(tab, bank, app, "")) == {}
        tab.open(app)
        tab.ask(OPEN % json.dumps(f"{bank.base_url}/lyg/enter?embed=frame"))
        # The login begins at once. Its host does not answer here.
        tab.becomes("heard.length === 1 && heard[0] === 'failed'")


def test_webkit_keeps_none_is_asked_at_a_tap_and_refuses(tmp_path: Path, bank: Site, app: str) -> None:
    with webkit(tmp_path) as tab:
        assert missing(examined(tab, bank, app, "")) == {"cookies": None}
        tab.open(app)
        tab.ask(OPEN % json.dumps(f"{bank.base_url}/lyg/enter?embed=frame"))
        tab.becomes("heard.length === 1 && heard[0] === 'entering'")
        tab.driver.switch_to.frame(0)
        # This browser never used our site itself, so it refuses without asking.
        tab.driver.find_element(By.ID, "stay").click()
        tab.driver.switch_to.default_content()
        tab.becomes("heard.length === 2 && heard[1] === 'blocked'")
