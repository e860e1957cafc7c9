"""A mistake in the app's code rejects `result`, names the option and links to what is right, in the page's language."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.support.browsers.app_page import RELEASE
from tests.support.browsers.openings import HELP, why
from tests.support.houses.site import Site

OPTIONS: dict[str, dict[str, str]] = json.loads((RELEASE / "texts.json").read_text("utf-8"))["options"]
ENTRY = "https://h5.bank.example/lyg/enter"
WRONG: list[tuple[str, str]] = [
    ("undefined", "entry"),
    ("null", "entry"),
    ("'https://h5.bank.example/lyg/enter'", "entry"),
    ("{}", "entry"),
    ("{entry: ''}", "entry"),
    ("{entry: null}", "entry"),
    ("{entry: '/lyg/enter'}", "entry"),
    ("{entry: 'http://h5.bank.example/lyg/enter'}", "entry"),
    ("{entry: 'http://localhost.evil.example/lyg/enter'}", "entry"),
    ("{entry: 'javascript:alert(1)//'}", "entry"),
    ("{entry, launchUrl: entry}", "launchUrl"),
    ("{launchUrl: '/lyg/launch'}", "launchUrl"),
    ("{launchUrl: 7}", "launchUrl"),
    ("{launchUrl: () => 'nowhere'}", "launchUrl"),
    ("{launchUrl: () => undefined}", "launchUrl"),
    ("{launchUrl: async () => entry, partner: 'haian'}", "partner"),
    ("{entry, partner: 'haian'}", "partner"),
    ("{entry, partner: 7}", "partner"),
    ("{entry, mode: 'popup'}", "mode"),
    ("{entry, mode: null}", "mode"),
    ("{entry, locale: 'zh'}", "locale"),
    ("{entry, uiStyle: 'large'}", "uiStyle"),
    ("{entry, theme: 'teal'}", "theme"),
    ("{entry, theme: '#0b6'}", "theme"),
    ("{entry, onEvent: 'tell'}", "onEvent"),
    ("{entry, signal: true}", "signal"),
    ("{entry, signal: null}", "signal"),
    ("{entry, loadTimeout: 60000}", "loadTimeout"),
    ("{entry, loadTimeout: 'soon'}", "loadTimeout"),
    ("{entry, loadTimeout: '5000'}", "loadTimeout"),
    ("{entry, loadTimeout: NaN}", "loadTimeout"),
    ("{entry, provide: null}", "provide"),
    ("{entry, provide: []}", "provide"),
    ("{entry, provide: {authTicket: 'T-1'}}", "provide"),
    ("{entry, title: 7}", "title"),
]


@pytest.fixture(params=["zh", "en"])
def written(page: Page, app: str, bank: Site, request: pytest.FixtureRequest) -> tuple[Page, str]:
    """The app's page in one language, and its address at a bank whose texts can be loaded."""
    page.goto(f"{app}?lang={request.param}")
    page.wait_for_function("() => window.opened")
    page.route("https://h5.bank.example/sdk/**", _from_disk)
    page.route(f"{app}/texts.js", _from_disk)
    return page, request.param


def _from_disk(route: Any) -> None:
    name = Path(route.request.url).name
    route.fulfill(path=RELEASE / name, headers={"access-control-allow-origin": "*"})


def _reject(page: Page, options: str) -> dict[str, Any]:
    told: dict[str, Any] = page.evaluate(
        f"""entry => Sunbridge.open({options}).result.then(
            (result) => ({{result}}),
            (fault) => Object.assign({{message: fault.message, isError: fault instanceof Error}}, fault))""",
        ENTRY,
    )
    return told


def test_each_wrong_option_is_named_and_explained(written: tuple[Page, str]) -> None:
    page, lang = written
    assert {option for _, option in WRONG} | {"url", "element"} == OPTIONS.keys()
    for options, option in WRONG:
        error = _reject(page, options)
        assert why(error) == ("wrong_option", "wrong_option", None), options
        assert error["option"] == option, options
        assert error["message"] == error["messages"][lang]
        assert f" {option} " in error["detail"]
        assert OPTIONS[option][lang] in error["detail"], options
        assert error["detail"].endswith(error["docs"])
        assert f"lang={lang}#" in error["docs"]
        assert error["messages"] == {
            "zh": "在这里暂时打不开银行的页面。",
            "en": "The bank's page cannot be opened here now.",
        }
        assert page.locator("dialog").count() == 0


def test_a_name_that_is_not_an_option_is_told_by_its_name(written: tuple[Page, str]) -> None:
    page, _ = written
    for name in ("onevent", "constructor", "hasOwnProperty"):
        error = _reject(page, f"{{entry, {name}: 1}}")
        assert why(error) == ("wrong_option", "unknown_option", None)
        assert error["option"] == name
        assert f" {name} " in error["detail"]
        assert error["detail"].endswith(error["docs"])


def test_an_option_without_a_value_is_not_given(page: Page, bank: Site) -> None:
    page.evaluate(
        "entry => opened({entry, mode: 'frame', launchUrl: undefined, signal: undefined, title: undefined})",
        bank.base_url + HELP,
    )
    page.wait_for_function("() => told.length")
    assert page.evaluate("told[0].name") == "ready"


def test_an_address_may_be_a_url_and_a_title_may_be_empty(page: Page, bank: Site) -> None:
    for address in ("entry: new URL(entry)", "launchUrl: new URL(entry)", "launchUrl: () => new URL(entry)"):
        page.evaluate("told.length = 0")
        page.evaluate(
            f"entry => opened({{{address}, mode: 'frame', title: '', loadTimeout: 5000}})",
            bank.base_url + HELP,
        )
        page.locator("dialog").wait_for()
        assert page.get_by_role("dialog", name="银行服务").count() == 1
        page.wait_for_function("() => told.length")
        assert page.evaluate("told[0].name") == "ready"
        page.evaluate("handle.close()")
        page.clock.run_for(1_000)
        page.wait_for_function("() => ended")


def test_where_the_texts_cannot_load_the_error_still_says_all_that_a_program_needs(page: Page) -> None:
    page.route("https://h5.bank.example/sdk/**", lambda route: route.abort())
    page.evaluate("entry => opened({entry, mode: 'popup'})", ENTRY)
    for _ in range(10):
        page.clock.run_for(200)
        page.wait_for_timeout(50)
    error = page.evaluate("ended")
    assert why(error) == ("wrong_option", "wrong_option", None)
    docs = "https://h5.bank.example/sdk/errors?lang=zh#option-mode"
    assert error["docs"] == docs
    assert error["detail"] == f"wrong_option (mode): {docs}"
    assert error["messages"] == {
        "zh": "银行的页面没有打开，请稍后再试。",
        "en": "The bank's page did not open. Please try again later.",
    }
