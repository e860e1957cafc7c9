"""Each mock host's bridge, as its own server serves it, against our bridge.js in a real browser.

The tests put both scripts into a page at our address, and go around its content policy. Of our own pages,
only the one that waits for a ticket or a face check loads a host's script.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from mock_partners.testing.people.personas import person
from tests.support.browsers.container import OURS, call
from tests.support.houses.journey import House
from tests.support.people.way import Way


@dataclass(frozen=True)
class Bridge:
    """What a host's bridge can do. `tickets` says whether it gives any. `can` holds the other calls, each with
    its parameters and its answer.
    """

    who: str
    container: str
    tickets: bool
    can: dict[str, tuple[dict[str, Any], Any]]


QR = {"scan": ({}, "https://pay.test/q/1")}
BRIDGES = {
    "lyg": Bridge(
        "li_xiuying", "dsbridge", False, {**QR, "uiStyle": ({}, "elder"), "networkType": ({}, "wifi")}
    ),
    "haian": Bridge("zhou_guohua", "weixin", False, {**QR, "networkType": ({}, "wifi")}),
    "zj": Bridge(
        "wang_qiang", "zwjsbridge", True, {**QR, "uiStyle": ({}, "elder"), "userType": ({}, "company")}
    ),
    "sfb": Bridge("li_xiuying", "lightapp", True, {"phoneCall": ({"number": "0518-96008"}, True)}),
    "zfb": Bridge("wang_qiang", "alipay", True, {**QR, "setTitle": ({"title": "还款"}, True)}),
}
pytestmark = pytest.mark.browser_context_args(bypass_csp=True)
EVERY_HOST = pytest.mark.parametrize("host", BRIDGES)


def inside(page: Page, running: House, host: str) -> None:
    """On that host's phone, at our address, with the host's script and then ours."""
    Way(page, running, replace(person(BRIDGES[host].who), partner=host)).take_phone()
    page.goto(f"{running.h5app}/{host}/me/help")
    page.add_script_tag(url=f"{running.phone(host)}bridge/script.js")
    for name in ("bridge_page.js", "bridge.js"):
        page.add_script_tag(path=OURS / name)


@EVERY_HOST
def test_the_served_script_is_known_for_its_container_does_what_it_can_and_leads_home(
    page: Page, the_house: House, host: str
) -> None:
    """One visit for all of it. A host without tickets says that it gives none."""
    inside(page, the_house, host)
    bridge = BRIDGES[host]
    assert page.evaluate("sunbridge.ready()") == bridge.container
    for ability, (asked, value) in bridge.can.items():
        assert page.evaluate("name => sunbridge.supported(name)", ability) == "bridge"
        assert call(page, ability, asked) == {"value": value}
    for_us = {"appId": f"sunbridge-{host}"}
    said, again = call(page, "authTicket", for_us), call(page, "authTicket", for_us)
    if bridge.tickets:
        assert min(len(said["value"]), len(again["value"])) > 40
        assert said != again
    else:
        assert said["error"]["code"] == "unsupported"
    page.evaluate("() => { sunbridge.close(); }")
    page.wait_for_url(the_house.phone(host))


def test_no_other_page_of_ours_loads_a_hosts_script(page: Page, the_house: House) -> None:
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    way = Way(page, the_house, replace(person("wang_qiang"), partner="zj"))
    way.take_phone()
    way.enter()
    assert len([url for url in asked if url.endswith("/bridge/script.js")]) == 1
    for path in ("", "me", "me/help", "loans", "credit"):
        page.goto(f"{the_house.h5app}/zj/{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.evaluate("[typeof window.ZWJSBridge, typeof window.sunbridge]") == ["undefined"] * 2
    assert len([url for url in asked if url.endswith("/bridge/script.js")]) == 1, json.dumps(asked)
