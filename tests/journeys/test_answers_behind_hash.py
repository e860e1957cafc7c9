"""Hosts that answer behind `#`. Our page reads the answer, posts it, and removes it from the address.
Configuration alone makes a host answer so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page, Request, expect

from mock_partners.testing.people.personas import person
from tests.h5app.test_accessibility import faults
from tests.support.houses.journey import House, OpenHouse
from tests.support.people.agreeing import agree_if_asked
from tests.support.people.way import Way
from tests.support.sample import only

WHO = {"zfb": "wang_qiang", "sfb": "li_xiuying"}
SECRETS = {"zfb": "auth_code", "sfb": "ticket"}
ROUTES = ["#auth_code={c}&state={s}", "#/?state={s}&auth_code={c}", "#/in?auth_code={c}&state={s}"]
CHANGES = {
    'back = { value = "auth_code"': 'back = { place = "fragment", value = "auth_code"',
    'back = { value = "certify_id"': 'back = { place = "fragment", value = "certify_id"',
    'place = "second_query"': 'place = "fragment"',
}


# zfb's: a host that answers behind `#` is one that people are sent to.
BRIDGE = re.compile(r', bridge = \{ ability = "authTicket", script = "[^"]+/zfb/bridge/script\.js" \}')


def configured(text: str) -> str:
    text, found = BRIDGE.subn("", text)
    assert found == 1
    for old, new in CHANGES.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


@pytest.fixture(scope="module")
def the_house(open_house: OpenHouse, home: Path) -> Iterator[House]:
    with open_house(home, configured=configured) as running:
        hosts = running.world.instances["gov_app"].app.state.gov_app.settings.hosts
        for name in WHO:
            apps = tuple(app.model_copy(update={"return_place": "fragment"}) for app in hosts[name].apps)
            hosts[name] = hosts[name].model_copy(update={"apps": apps})
        yield running


@dataclass
class Seen:
    """What the browser sent. `asked` holds every address it asked for, and the Referer. `posted` holds the
    forms that our callback got.
    """

    ours: str
    asked: list[str] = field(default_factory=list)
    posted: list[dict[str, str]] = field(default_factory=list)

    def note(self, request: Request) -> None:
        self.asked += [request.url.partition("#")[0], request.headers.get("referer", "")]
        if request.method == "POST" and request.url.startswith(self.ours):
            self.posted.append(dict(parse_qsl(request.post_data or "", keep_blank_values=True)))


def tap(page: Page, running: House, host: str) -> tuple[Way, Seen]:
    """On the phone: the tile, where the host's page is the way in."""
    page.add_init_script("window.bridgeFaults = {refuse: ['user.getTicket']}")
    seen = Seen(running.h5app)
    way = Way(page, running, replace(person(WHO[host]), partner=host))
    way.take_phone()
    page.on("request", seen.note)
    way.press("企业周转贷")
    return way, seen


def unread(page: Page, running: House) -> str:
    """The address with which the host sent the person back, before our page could read it."""
    page.route("**/static/behind_hash.*", lambda asked: asked.abort(), times=1)
    way, _ = tap(page, running, "zfb")
    way.heading("正在确认您的身份")
    assert "#auth_code=" in page.url
    return page.url


@pytest.mark.parametrize("host", WHO)
def test_the_answer_is_posted_and_stands_in_no_address_of_the_history(
    page: Page, the_house: House, host: str
) -> None:
    way, seen = tap(page, the_house, host)
    way.arrives()
    assert page.url == f"{the_house.h5app}/{host}/"
    secret = seen.posted[0][SECRETS[host]]
    assert set(seen.posted[0]) == {SECRETS[host], "state"}
    assert len(secret) > 40
    assert not [address for address in seen.asked if secret in address]
    visited = page.evaluate("navigation.entries().map(entry => entry.url)")
    assert not [address for address in visited if secret in address or "#" in address]


def test_who_steps_back_to_the_page_is_let_go_on(page: Page, the_house: House) -> None:
    way, seen = tap(page, the_house, "zfb")
    way.arrives()
    # Whether the page stays a step of the history is the browser's affair: here it does.
    page.evaluate("history.pushState(null, '', '/zfb/callback')")
    page.goto(f"{the_house.h5app}/zfb/me")
    page.go_back()
    page.wait_for_url(f"{the_house.h5app}/zfb/")
    way.arrives()
    assert len(seen.posted) == 1


def test_a_face_check_behind_the_hash_opens_an_account(page: Page, the_house: House) -> None:
    way, seen = tap(page, the_house, "zfb")
    way.arrives()
    way.see_limit()
    way.until_offered()
    way.open_account()
    way.until_done("电子账户开通了")
    assert [set(form) for form in seen.posted if "certify_id" in form] == [{"certify_id", "state"}]


def test_who_cancels_at_the_host_is_told_so(page: Page, the_house: House) -> None:
    page.goto(f"{the_house.h5app}/zfb/enter")
    page.get_by_role("button", name="取消").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("您取消了刷脸")
    assert page.url == f"{the_house.h5app}/zfb/callback"


# The sample: a route with a name, which is the furthest from what every other test reads.
@pytest.mark.parametrize("route", only(ROUTES, ROUTES[-1]))
def test_it_is_read_behind_a_route_of_a_single_page_too(page: Page, the_house: House, route: str) -> None:
    said = dict(parse_qsl(urlsplit(unread(page, the_house)).fragment))
    page.goto("about:blank")
    page.goto(f"{the_house.h5app}/zfb/callback" + route.format(c=said["auth_code"], s=said["state"]))
    agree_if_asked(page)
    page.wait_for_url(f"{the_house.h5app}/zfb/")


def test_an_answer_behind_the_hash_in_another_browser_logs_nobody_in(
    page: Page, new_context: Any, the_house: House
) -> None:
    victim = new_context().new_page()
    victim.goto(unread(page, the_house))
    expect(victim.get_by_role("heading", level=1)).to_have_text("没有找到这次登录")
    assert not [cookie for cookie in victim.context.cookies() if cookie["name"] == "sb-zfb"]


def test_without_scripts_the_page_says_so_and_how_to_go_on(new_context: Any, the_house: House) -> None:
    page = new_context(java_script_enabled=False).new_page()
    tap(page, the_house, "zfb")
    page.wait_for_url("**/zfb/callback#**")
    expect(page.get_by_role("heading", level=1)).to_have_text("页面没有完整打开")
    expect(page.get_by_text("正在确认您的身份")).to_be_hidden()
    page.get_by_role("link", name="看别的办法").click()
    assert page.url == f"{the_house.h5app}/zfb/me/help"


def test_where_our_script_does_not_run_the_way_on_leads_where_the_person_wanted(
    new_context: Any, the_house: House
) -> None:
    context = new_context()
    page = context.new_page()
    way, _ = tap(page, the_house, "zfb")
    way.arrives()
    # From here on our page's script never comes.
    context.route("**/static/behind_hash.*", lambda asked: asked.abort())
    again = page.locator("section a", has_text="重新确认身份")
    page.goto(f"{the_house.h5app}/zfb/enter?next=/zfb/loans")
    expect(again).to_have_attribute("href", "/zfb/enter?next=%2Fzfb%2Floans")
    page.goto(f"{the_house.h5app}/zfb/face?next=/zfb/me")
    page.get_by_role("button", name="通过", exact=True).click()
    expect(again).to_have_attribute("href", "/zfb/face?next=%2Fzfb%2Fme")
    context.unroute("**/static/behind_hash.*")
    again.click()
    page.get_by_role("button", name="通过", exact=True).click()
    page.wait_for_url(f"{the_house.h5app}/zfb/me")


def test_a_browser_that_began_nothing_is_led_home(page: Page, the_house: House) -> None:
    page.goto(f"{the_house.h5app}/zfb/callback")
    expect(page.get_by_role("heading", level=1)).to_have_text("没有找到这次登录")
    page.route("**/static/behind_hash.*", lambda asked: asked.abort())
    page.goto(f"{the_house.h5app}/zfb/callback")
    again = page.locator("section a", has_text="重新确认身份")
    expect(again).to_have_attribute("href", "/zfb/enter?next=%2Fzfb%2F")


def test_a_script_that_never_comes_leaves_a_way_on(page: Page, the_house: House) -> None:
    page.route("**/static/behind_hash.*", lambda asked: asked.abort(), times=1)
    way, seen = tap(page, the_house, "zfb")
    way.heading("正在确认您的身份")
    assert seen.posted == []
    assert faults(page) == []
    way.tap("重新确认身份")
    way.arrives()
