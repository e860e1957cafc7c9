"""Parts of the module load by hash from the same release, and a load that fails still settles with a code."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support.browsers.app_page import RELEASE
from tests.support.browsers.openings import HELP, ended_in_time, shown, start, why
from tests.support.houses.site import Site

PARTS = f"**/sdk/{RELEASE.name}/*.js"


def test_loading_the_module_asks_no_server_for_anything_else(page: Page, app: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(app)
    page.wait_for_function("() => window.opened")
    assert sorted(asked) == [f"{app}/", f"{app}/sunbridge.js"]


def test_a_page_that_forbids_our_scripts_is_told_which_line_is_missing(
    page: Page, bank: Site, app: str
) -> None:
    for mode in ("sheet", "frame"):
        page.goto(f"{app}?csp=script-src 'self' 'unsafe-inline'")
        start(page, bank.base_url + HELP, mode=mode)
        error = ended_in_time(page)
        assert why(error) == ("blocked_by_policy", "script-src", None)
        # The texts may not load either.
        assert error["detail"].startswith(f"blocked_by_policy (script-src {bank.base_url}): ")
        assert error["message"] == "银行的页面没有打开，请稍后再试。"


@pytest.mark.parametrize("mode", ["sheet", "frame"])
def test_a_part_that_is_not_there_is_told(page: Page, bank: Site, mode: str) -> None:
    page.route(PARTS, lambda route: route.fulfill(status=404))
    start(page, bank.base_url + HELP, mode=mode)
    assert why(ended_in_time(page)) == ("load_failed", "part", None)
    # The next opening asks again.
    page.unroute_all()
    shown(page, bank, mode=mode)


def test_a_part_that_never_comes_is_told_in_time(page: Page, bank: Site) -> None:
    page.route(PARTS, lambda _route: None)
    start(page, bank.base_url + HELP)
    assert why(ended_in_time(page)) == ("load_failed", "part", None)


def test_a_part_with_other_bytes_does_not_run(page: Page, bank: Site) -> None:
    body = (RELEASE / "sheet.js").read_text("utf-8") + "window.changed = true;"
    headers = {"access-control-allow-origin": "*", "content-type": "text/javascript"}
    page.route("**/sheet.js", lambda route: route.fulfill(body=body, headers=headers))
    start(page, bank.base_url + HELP)
    assert why(ended_in_time(page)) == ("load_failed", "part", None)
    assert page.evaluate("window.changed") is None


def test_the_parts_get_the_nonce_of_the_page(page: Page, bank: Site, app: str) -> None:
    for build in ("module", "classic"):
        policy = f"script-src 'nonce-N1'; frame-src {bank.base_url}"
        # The module's own import is not a script element of the page.
        policy = policy.replace(";", f" {app}/sunbridge.js;") if build == "module" else policy
        page.goto(f"{app}?nonce=N1&build={build}&csp={policy}")
        page.wait_for_function("() => window.opened")
        shown(page, bank, mode="sheet")
        page.evaluate("handle.close()")
        ended_in_time(page)
        start(page, "nowhere")
        assert "entry" in ended_in_time(page)["option"]


def test_the_texts_load_from_the_folder_of_the_module_where_there_is_no_address(page: Page, app: str) -> None:
    with page.expect_request(f"{app}/texts.js"):
        page.evaluate("Sunbridge.open({}).result.catch(() => {})")


def test_each_part_may_be_used_again_without_a_second_request(page: Page, bank: Site) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    for _ in range(2):
        shown(page, bank, mode="sheet")
        page.evaluate("handle.close()")
        ended_in_time(page)
    assert asked.count("sheet.js") == 1
    expect(page.locator("script[src*='/sdk/']")).to_have_count(0)


def test_a_module_without_an_address_of_its_own_still_settles(page: Page, app: str) -> None:
    """As where an app's loader makes it of text."""
    told = page.evaluate(
        """async () => {
            const text = await (await fetch('/sunbridge.js')).text();
            const address = URL.createObjectURL(new Blob([text], {type: 'text/javascript'}));
            const { open } = await import(address);
            const error = await open({}).result.catch((fault) => fault);
            return [error.code, error.docs, error.option];
        }"""
    )
    assert told == ["wrong_option", f"{app}/sdk/errors?lang=zh#option-entry", "entry"]


def test_a_page_that_names_no_language_is_read_in_that_of_the_phone(page: Page, app: str) -> None:
    page.evaluate("document.documentElement.lang = ''")
    page.evaluate("opened({})")
    page.wait_for_function("() => ended")
    error = page.evaluate("ended")
    assert error["message"] == error["messages"]["zh"]
    assert error["docs"].startswith(f"{app}/sdk/errors?lang=zh")


def test_a_page_that_demands_trusted_types_loads_the_parts_by_our_policy(
    page: Page, bank: Site, app: str
) -> None:
    page.goto(f"{app}?csp=require-trusted-types-for 'script'; trusted-types sunbridge")
    page.wait_for_function("() => window.opened")
    for _ in range(2):
        shown(page, bank, mode="sheet")
        page.evaluate("handle.close()")
        ended_in_time(page)
    page.goto(f"{app}?csp=require-trusted-types-for 'script'; trusted-types 'none'")
    page.wait_for_function("() => window.opened")
    start(page, bank.base_url + HELP)
    error = ended_in_time(page)
    assert why(error)[:2] == ("blocked_by_policy", "trusted-types")
    # The texts cannot load either.
    assert error["detail"].startswith("blocked_by_policy (trusted-types sunbridge): ")


def test_our_policy_vouches_for_the_scripts_of_a_release_and_for_nothing_else(
    page: Page, bank: Site, app: str
) -> None:
    page.goto(f"{app}?csp=require-trusted-types-for 'script'; trusted-types sunbridge")
    page.wait_for_function("() => window.opened")
    shown(page, bank)
    allowed = """(urls) => urls.filter((url) => {
        try { return window[Symbol.for("sunbridge")].policy.createScriptURL(url).toString() === url; }
        catch (refused) { return false; }
    })"""
    release, own = f"{bank.base_url}/sdk/{RELEASE.name}/sheet.js", f"{app}/texts.js"
    others = [
        f"{bank.base_url}/other.js",
        f"{bank.base_url}/?/sdk/2.0.0/a.js",
        f"{app}/deep/a.js",
        "data:text/javascript,1//sdk/2.0.0/a.js",
    ]
    assert page.evaluate(allowed, [release, own, *others]) == [release, own]
    page.evaluate("handle.close()")
    ended_in_time(page)
