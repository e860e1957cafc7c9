"""bridge.js against each emulated container: what it calls, what it makes of the answers, and of none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.support.browsers.container import call, inside

QR = "https://pay.test/q/1"
PLACE = {"latitude": 34.6, "longitude": 119.2}
LIMIT_MS = 150

GOOD: list[tuple[str, str, dict[str, Any], Any, tuple[str, Any] | None]] = [
    # container, ability, what we ask, what comes back, what the bridge was called with
    ("zwjsbridge", "authTicket", {}, "TICKET-1", ("ssoTicket", {})),
    ("zwjsbridge", "userType", {}, "company", ("getUserType", {})),
    ("zwjsbridge", "uiStyle", {}, "elder", ("getUiStyle", {})),
    ("zwjsbridge", "scan", {}, QR, ("scan", {"type": "qrCode"})),
    ("zwjsbridge", "faceVerify", {}, "PASS-1", ("zmAuthentication", {})),
    ("zwjsbridge", "close", {}, True, ("close", {})),
    ("zwjsbridge", "setTitle", {"title": "还款"}, True, ("setTitle", {"title": "还款"})),
    ("zwjsbridge", "openLink", {"url": "https://x.test/"}, True, ("openLink", {"url": "https://x.test/"})),
    ("zwjsbridge", "networkType", {}, "wifi", ("getNetworkType", {})),
    ("zwjsbridge", "location", {}, PLACE, ("getLocation", {})),
    ("zwjsbridge", "city", {}, "320700", ("getCurrentLocationCity", {})),
    ("zwjsbridge", "storage", {"key": "colour"}, "blue", ("getLocalStorage", {"key": "colour"})),
    ("zwjsbridge", "storage", {"key": "other"}, None, ("getLocalStorage", {"key": "other"})),
    ("zwjsbridge", "store", {"key": "a", "value": "b"}, True, ("setLocalStorage", {"key": "a", "value": "b"})),
    ("zwjsbridge", "chooseImage", {}, ["data:image/png;base64,AA=="], ("chooseImage", {"upload": False})),
    ("zwjsbridge", "phoneCall", {"number": "0518-96008"}, True, ("phoneCall", {"corpId": "0518-96008"})),
    ("zwjsbridge", "toast", {"text": "好"}, True, ("toast", {"message": "好", "duration": 2000})),
    ("zwjsbridge", "copy", {"text": "A-1"}, True, ("setClipboardData", {"text": "A-1"})),
    ("lightapp", "authTicket", {}, "TICKET-1", None),
    ("lightapp", "login", {}, True, None),
    ("lightapp", "close", {}, True, None),
    ("lightapp", "phoneCall", {"number": "0518-96008"}, True, None),
    ("alipay", "authTicket", {"appId": "9"}, "TICKET-1", ("getAuthCode", {"scopeNicks": ["auth_user"], "appId": "9"})),
    ("alipay", "scan", {}, QR, ("scan", {"type": "qr"})),
    ("alipay", "location", {}, PLACE, ("getLocation", {})),
    ("alipay", "networkType", {}, "wifi", ("getNetworkType", {})),
    ("alipay", "close", {}, True, ("closeWebview", {})),
    ("alipay", "chooseImage", {}, ["data:image/jpg;base64,AA=="], None),
    ("weixin", "scan", {}, QR, ("scanQRCode", {"needResult": 1, "scanType": ["qrCode"]})),
    ("weixin", "networkType", {}, "wifi", ("getNetworkType", {})),
    ("weixin", "close", {}, True, ("closeWindow", {})),
    ("dsbridge", "authTicket", {}, "TICKET-1", ("authTicket", {})),
    ("dsbridge", "scan", {"hint": "x"}, QR, ("scan", {"hint": "x"})),
    ("dsbridge", "userType", {}, "person", ("userType", {})),
    ("dsbridge", "location", {}, PLACE, ("location", {})),
    ("dsbridge", "close", {}, True, ("close", {})),
    ("uniapp", "close", {}, True, ("navigateBack", {"delta": 1})),
    ("uniapp", "openLink", {"url": "/pages/x"}, True, ("navigateTo", {"url": "/pages/x"})),
]  # fmt: skip
TICKETS = {
    "zwjsbridge": "ssoTicket",
    "lightapp": "user.getTicket",
    "alipay": "getAuthCode",
    "dsbridge": "authTicket",
}
SCANS = {"zwjsbridge": "scan", "alipay": "scan", "weixin": "scanQRCode", "dsbridge": "scan"}
FAULTS = {"absent": "unsupported", "silent": "timeout", "refuse": "failed", "cancel": "cancelled"}


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """One page for this file: `inside` loads it anew for each test, and only one test stores anything."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


def error(code: str, ability: str, container: str) -> dict[str, Any]:
    return {"error": {"code": code, "ability": ability, "container": container}}


@pytest.mark.parametrize(("container", "ability", "args", "value", "called"), GOOD)
def test_each_ability_reaches_its_bridge_and_comes_back_in_one_shape(
    page: Page, container: str, ability: str, args: dict[str, Any], value: Any, called: tuple[str, Any] | None
) -> None:
    inside(page, container)
    assert call(page, ability, args) == {"value": value}
    assert page.evaluate("sunbridge.container") == container
    if called:
        assert page.evaluate("emulated.calls") == [list(called)]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("container", TICKETS)
def test_a_ticket_that_does_not_come_is_said_in_one_word(page: Page, container: str, fault: str) -> None:
    inside(page, container, **{fault: [TICKETS[container]]})
    assert call(page, "authTicket", limit_ms=LIMIT_MS) == error(FAULTS[fault], "authTicket", container)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("container", SCANS)
def test_a_scan_that_does_not_come_is_said_in_one_word(page: Page, container: str, fault: str) -> None:
    inside(page, container, **{fault: [SCANS[container]]})
    assert call(page, "scan", limit_ms=LIMIT_MS) == error(FAULTS[fault], "scan", container)


@pytest.mark.parametrize("container", TICKETS)
def test_not_logged_in_is_found_out_though_some_report_it_as_success(page: Page, container: str) -> None:
    inside(page, container, loggedOut=True)
    assert call(page, "authTicket") == error("not_logged_in", "authTicket", container)


def test_a_scanned_text_may_say_anything(page: Page) -> None:
    inside(page, "dsbridge")
    page.evaluate("() => { dsBridge.call = (name, args, done) => done('https://x.test/not-login?cancel'); }")
    assert call(page, "scan") == {"value": "https://x.test/not-login?cancel"}


@pytest.mark.parametrize("container", ["zwjsbridge", "lightapp", "alipay", "weixin", "dsbridge", "uniapp"])
def test_a_bridge_that_comes_late_is_waited_for(page: Page, container: str) -> None:
    inside(page, container, lateMs=300)
    assert page.evaluate("sunbridge.ready()") == container


def test_without_a_bridge_the_page_does_what_a_page_can(page: Page) -> None:
    inside(page, "none")
    assert page.evaluate("sunbridge.ready(100)") == "none"
    assert call(page, "authTicket") == error("unsupported", "authTicket", "none")
    assert call(page, "noSuchThing") == error("unsupported", "noSuchThing", "none")
    assert call(page, "setTitle", {"title": "还款"}) == {"value": True}
    assert page.title() == "还款"
    assert call(page, "store", {"key": "a", "value": "b"}) == {"value": True}
    assert call(page, "storage", {"key": "a"}) == {"value": "b"}
    assert call(page, "storage", {"key": "none"}) == {"value": None}
    assert call(page, "uiStyle") == {"value": "standard"}
    assert call(page, "fontScale") == {"value": 1}
    assert call(page, "theme") == {"value": "light"}
    assert call(page, "openLink", {"url": "javascript:alert(1)"}) == error("failed", "openLink", "none")
    assert call(page, "toast", {"text": "复制好了"}) == {"value": True}
    assert page.get_by_role("status").text_content() == "复制好了"


def test_the_page_takes_over_where_a_bridge_lacks_an_ability(page: Page) -> None:
    inside(page, "alipay", absent=["setTitle"])
    assert call(page, "setTitle", {"title": "还款"}) == {"value": True}
    assert page.title() == "还款"


def test_the_page_chooses_an_image_itself(page: Page) -> None:
    inside(page, "none")
    with page.expect_file_chooser() as chooser:
        page.evaluate("() => { window.chosen = sunbridge.chooseImage(); }")
    chooser.value.set_files({"name": "x.png", "mimeType": "image/png", "buffer": b"abc"})
    assert page.evaluate("chosen") == ["data:image/png;base64,YWJj"]


def test_it_says_beforehand_what_can_be_had(page: Page) -> None:
    inside(page, "lightapp")
    asked = ["authTicket", "close", "scan", "setTitle", "faceVerify", "toString"]
    assert page.evaluate("names => names.map(sunbridge.supported)", asked) == [
        "bridge", "bridge", "", "page", "", "",
    ]  # fmt: skip


def test_an_apps_own_names_come_from_configuration(page: Page) -> None:
    inside(page, "dsbridge")
    page.evaluate(
        """() => {
            dsBridge.hasNativeMethod = (name) => name === 'city.getToken';
            dsBridge.call = (method, args, done) => done('{"data": {"token": "' + method + '"}}');
            sunbridge.extend('dsbridge', {authTicket: ['city.getToken', 'token']});
        }"""
    )
    assert call(page, "authTicket") == {"value": "city.getToken"}


def test_an_apps_own_name_is_still_told_for_whom(page: Page) -> None:
    inside(page, "alipay")
    page.evaluate(
        """() => {
            AlipayJSBridge.call = (method, args, done) => done({code: method + ' for ' + args.appId});
            sunbridge.extend('alipay', {authTicket: ['getCityCode', 'code']});
        }"""
    )
    assert call(page, "authTicket", {"appId": "9"}) == {"value": "getCityCode for 9"}


def test_going_back_can_be_caught(page: Page) -> None:
    inside(page, "none")
    page.evaluate("() => sunbridge.onBack({handler: () => { window.caught = true; }})")
    page.evaluate("history.back()")
    page.wait_for_function("window.caught")
