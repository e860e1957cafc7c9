"""A face check by the bridge of a host that offers one, where it is configured; and the way on where it does not come.

As shipped it is made at the host's own page.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Page, Request, StorageState, expect

from mock_partners.testing.people.personas import person
from tests.support.houses.dialects import face_by_bridge
from tests.support.houses.journey import House, OpenHouse
from tests.support.people.way import Way
from tests.support.sample import only

WHO = replace(person("wang_qiang"), partner="zj")
FACE, HOSTS_PAGE = "zmAuthentication", "/zj/face/certify?"


@pytest.fixture(scope="module")
def the_house(open_house: OpenHouse, home: Path) -> Iterator[House]:
    with open_house(home, configured=face_by_bridge) as running:
        yield running


@dataclass
class Seen:
    """What the browser sent. `addresses` holds every address of a page or its Referer. `numbers` holds the
    numbers of face checks that our callback got.
    """

    addresses: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)

    def note(self, request: Request) -> None:
        self.addresses += [request.url, request.headers.get("referer", "")]
        if request.method == "POST" and request.url.endswith("/zj/callback"):
            self.numbers += parse_qs(request.post_data or "").get("certifyId", [])

    @property
    def at_the_page(self) -> bool:
        return any(HOSTS_PAGE in address for address in self.addresses)


@pytest.fixture(scope="module")
def filled_in(the_house: House, browser: Browser) -> StorageState:
    """The phone of a customer who has filled in the opening up to its last page. Each test takes it up from there."""
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    way = Way(context.new_page(), the_house, WHO)
    way.take_phone()
    way.enter()
    way.see_limit()
    way.until_offered()
    way.give_particulars()
    way.bind_card(WHO.cards[0].number)
    way.photograph_card()
    way.heading("请核对后开通")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any], filled_in: StorageState) -> dict[str, Any]:
    return {**browser_context_args, "storage_state": filled_in}


def about_to_open(page: Page, running: House, **faults: list[str]) -> tuple[Way, Seen]:
    """At the last button of the opening, which needs a face check."""
    page.add_init_script(f"window.bridgeFaults = {json.dumps(faults)}")
    seen = Seen()
    page.on("request", seen.note)
    way = Way(page, running, WHO)
    # The session is one for all tests: a check that another test passed is too old for this one.
    running.age_sessions("checked_at", timedelta(minutes=6))
    page.goto(f"{running.h5app}/zj/account/open/confirm")
    way.tick_all(under="请核对后开通")
    way.tap("确认开通")
    return way, seen


def test_who_cancels_finds_the_form_and_the_way_without_and_may_try_again(
    page: Page, the_house: House
) -> None:
    way, seen = about_to_open(page, the_house)
    way.press("取消")
    way.heading("您没有同意")
    assert (seen.numbers, seen.at_the_page) == ([], False)
    without = page.get_by_role("link", name="不刷脸，用银行卡和短信验证")
    assert re.match(r"/zj/card-check\?next=", without.get_attribute("href") or "")
    way.tap("再试一次")
    way.press("取消")
    way.tap("回到刚才的页面")
    way.heading("请核对后开通")
    assert page.get_by_role("checkbox", checked=True).count() == page.get_by_role("checkbox").count()


@pytest.mark.parametrize("fault", only(["refuse", "absent"], "refuse"))
def test_a_bridge_that_says_no_leaves_the_hosts_page(page: Page, the_house: House, fault: str) -> None:
    way, seen = about_to_open(page, the_house, **{fault: [FACE]})
    page.wait_for_url(f"**{HOSTS_PAGE}**")
    way.pass_face()
    way.sees("刷脸已通过")
    assert (seen.numbers, seen.at_the_page) == ([], True)


def test_a_face_that_does_not_fit_is_tried_again_at_the_hosts_page(page: Page, the_house: House) -> None:
    way, seen = about_to_open(page, the_house)
    way.press("不通过")
    page.wait_for_url(f"**{HOSTS_PAGE}**")
    assert seen.numbers == []


def test_without_scripts_the_hosts_page_is_the_way(new_context: Any, the_house: House) -> None:
    page = new_context(java_script_enabled=False).new_page()
    way, seen = about_to_open(page, the_house)
    way.pass_face()
    way.sees("刷脸已通过")
    assert seen.at_the_page


def test_the_check_comes_by_the_bridge_stands_in_no_address_and_opens_the_account(
    page: Page, the_house: House
) -> None:
    way, seen = about_to_open(page, the_house)
    expect(page.get_by_role("dialog", name="人脸核验")).to_be_visible()
    way.pass_face()
    way.sees("刷脸已通过")
    [number] = seen.numbers
    assert len(number) > 40
    assert not seen.at_the_page
    way.tap("确认开通")
    way.until_done("电子账户开通了")
    assert not [address for address in seen.addresses if number in address]
    assert number not in json.dumps(page.evaluate("navigation.entries().map(entry => entry.url)"))
