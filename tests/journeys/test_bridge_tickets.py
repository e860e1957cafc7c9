"""Tickets from the bridge of a host that has one, in a real browser; and the way on where it gives none."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Request, Route, expect

from mock_partners.testing.people.personas import person
from tests.support.browsers.stranger import stranger
from tests.support.houses.journey import House
from tests.support.people.agreeing import agree_if_asked
from tests.support.people.way import Way
from tests.support.sample import crossed, only

HOSTS = {
    "zj": ("wang_qiang", "ssoTicket"),
    "sfb": ("li_xiuying", "user.getTicket"),
    "zfb": ("wang_qiang", "getAuthCode"),
}
PLACE = {"zj": "/sso/mobile?", "sfb": "/sso/login?", "zfb": "/oauth2/publicAppAuthorize.htm?"}
# Under which name a ticket or code is posted.
FIELDS = {"ticket", "auth_code"}
EVERY_HOST = pytest.mark.parametrize("host", HOSTS)
# The sample: the ticket comes at every host, and what goes wrong on our own page is tried at one.
ONE_HOST = pytest.mark.parametrize("host", only(HOSTS, "sfb"))


@dataclass
class Seen:
    """What the browser sent. `addresses` holds every address of a page or its Referer. `tickets` holds what
    our callback got.
    """

    addresses: list[str] = field(default_factory=list)
    tickets: list[str] = field(default_factory=list)

    def note(self, request: Request) -> None:
        self.addresses += [request.url, request.headers.get("referer", "")]
        if request.method == "POST" and request.url.endswith("/callback"):
            sent = dict(pair.split("=") for pair in (request.post_data or "").split("&"))
            self.tickets += [value for name, value in sent.items() if name in FIELDS]


def phone(page: Page, running: House, host: str) -> tuple[Way, Seen]:
    seen = Seen()
    page.on("request", seen.note)
    way = Way(page, running, replace(person(HOSTS[host][0]), partner=host))
    way.take_phone()
    return way, seen


def asked_the_page(seen: Seen, host: str) -> bool:
    return any(PLACE[host] in address for address in seen.addresses)


def until_asked(page: Page) -> None:
    """The bridge was called. Not `wait_for_function`: the page's policy forbids what that does."""
    for _ in range(100):
        if page.evaluate("Boolean(window.emulated && emulated.calls.length)"):
            return
        page.wait_for_timeout(100)
    raise AssertionError("nobody asked the bridge")


@EVERY_HOST
def test_the_ticket_comes_by_the_bridge_and_stands_in_no_address(
    page: Page, the_house: House, host: str, capfd: pytest.CaptureFixture[str]
) -> None:
    way, seen = phone(page, the_house, host)
    way.enter()
    assert not asked_the_page(seen, host)
    [ticket] = seen.tickets
    assert len(ticket) > 40
    assert not [address for address in seen.addresses if ticket in address]
    assert page.url == f"{the_house.h5app}/{host}/"
    # Of one bank, whichever of its hosts they came by before.
    if way.offers("同意并看我的额度"):
        way.see_limit()
    way.until_offered()
    visited = page.evaluate("navigation.entries().map(entry => entry.url)")
    assert ticket not in json.dumps(visited)
    assert ticket not in "".join(capfd.readouterr())


@pytest.mark.parametrize(("host", "fault"), crossed(HOSTS, ["refuse", "absent"], every=2))
def test_a_bridge_that_says_no_leaves_the_hosts_page(
    page: Page, the_house: House, host: str, fault: str
) -> None:
    page.add_init_script(f"window.bridgeFaults = {json.dumps({fault: [HOSTS[host][1]]})}")
    way, seen = phone(page, the_house, host)
    way.enter()
    assert asked_the_page(seen, host)
    assert seen.tickets == []
    assert "?" not in page.url


@ONE_HOST
def test_a_bridge_that_never_answers_leaves_the_hosts_page(page: Page, the_house: House, host: str) -> None:
    page.add_init_script(f"window.bridgeFaults = {json.dumps({'silent': [HOSTS[host][1]]})}")
    way, seen = phone(page, the_house, host)
    page.clock.install()
    way.press("企业周转贷")
    way.heading("正在确认您的身份")
    until_asked(page)
    assert not asked_the_page(seen, host)
    page.clock.run_for(16_000)
    way.arrives()
    assert asked_the_page(seen, host)


@pytest.mark.parametrize(("host", "fault"), crossed(HOSTS, ["lost", "hanging"], every=2))
def test_a_script_that_does_not_come_holds_up_nobody(
    page: Page, the_house: House, host: str, fault: str
) -> None:
    held: list[Route] = []
    page.route("**/bridge/script.js", lambda route: route.abort() if fault == "lost" else held.append(route))
    way, seen = phone(page, the_house, host)
    if fault == "hanging":
        page.clock.install()
    with page.expect_request("**/bridge/script.js"):
        way.press("企业周转贷")
    if fault == "hanging":
        way.heading("正在确认您的身份")
        # Its time, and then the time in which an app may still bring the bridge by itself.
        page.clock.run_for(5_100)
        page.clock.run_for(3_100)
    way.arrives()
    assert asked_the_page(seen, host)


def test_who_does_not_agree_is_not_sent_on_and_may_choose(page: Page, the_house: House) -> None:
    page.add_init_script(f"window.bridgeFaults = {json.dumps({'cancel': ['ssoTicket']})}")
    way, seen = phone(page, the_house, "zj")
    way.press("企业周转贷")
    way.heading("您没有同意")
    assert not asked_the_page(seen, "zj")
    way.press("到“浙里办”的网页上确认")
    way.arrives()


def test_whoever_is_logged_in_nowhere_is_told_so_and_goes_on_at_the_hosts_page(
    page: Page, the_house: House
) -> None:
    page.goto(f"{the_house.h5app}/zj/enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("请先在 App 里登录")
    page.get_by_role("link", name="到“浙里办”的网页上确认").click()
    page.get_by_role("button", name="同意", exact=True).click()
    agree_if_asked(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("您好")


def test_without_scripts_the_hosts_page_is_the_way(new_context: Any, the_house: House) -> None:
    context: BrowserContext = new_context(java_script_enabled=False)
    for host in HOSTS:
        way, seen = phone(context.new_page(), the_house, host)
        way.enter()
        assert asked_the_page(seen, host)
        assert "?" not in way.page.url


@ONE_HOST
def test_a_ticket_handed_over_again_asks_anew(page: Page, the_house: House, host: str) -> None:
    way, seen = phone(page, the_house, host)
    way.enter()
    page.context.clear_cookies(name=f"sb-{host}")
    again = json.dumps({"ticket": seen.tickets[0]})
    allowed = {"Access-Control-Allow-Origin": the_house.h5app, "Access-Control-Allow-Credentials": "true"}
    page.route("**/bridge/ticket*", lambda route: route.fulfill(body=again, headers=allowed), times=1)
    page.goto(f"{the_house.h5app}/{host}/loans")
    way.heading("这次确认已经过时")
    assert seen.tickets == seen.tickets[:1] * 2
    way.tap("重新确认身份")
    page.wait_for_url(f"{the_house.h5app}/{host}/loans")
    assert len(set(seen.tickets)) == 2


def test_two_tabs_that_began_before_anybody_was_logged_in_both_come_in(page: Page, the_house: House) -> None:
    way, _ = phone(page, the_house, "zj")
    held: list[Route] = []
    second = page.context.new_page()
    second.route("**/bridge/ticket", lambda route: held.append(route))
    with second.expect_request("**/bridge/ticket"):
        second.goto(f"{the_house.h5app}/zj/enter?next=/zj/loans")
    way.enter()
    held[0].continue_()
    second.wait_for_url(f"{the_house.h5app}/zj/loans")


def test_going_back_to_the_page_leads_into_the_app_not_in_again(page: Page, the_house: House) -> None:
    way, seen = phone(page, the_house, "zj")
    way.enter()
    page.go_back()
    page.wait_for_url(the_house.phone("zj"))
    assert len(seen.tickets) == 1


def test_a_hosts_script_may_ask_its_own_server_on_the_page_that_waits_for_it_and_nothing_of_ours(
    page: Page, the_house: House
) -> None:
    page.add_init_script(f"window.bridgeFaults = {json.dumps({'cancel': ['ssoTicket']})}")
    way, _ = phone(page, the_house, "zj")
    way.press("企业周转贷")
    way.heading("您没有同意")
    asked = "url => fetch(url).then(a => a.status, () => 'refused')"
    assert page.evaluate(asked, "/zj/me/help") == "refused"
    assert page.locator("[name=csrf]").count() == 0
    [said] = {rule for rule in policy_of(page).split("; ") if rule.startswith("connect-src")}
    assert said == f"connect-src {the_house.world.world.origins['gov_app']}"
    page.goto(f"{the_house.h5app}/zj/me/help")
    assert "connect-src 'self'" in policy_of(page)
    assert page.evaluate(asked, "/zj/me/help") == 200


def policy_of(page: Page) -> str:
    """The policy of this page, as a second request of it is answered."""
    return page.request.get(page.url).headers["content-security-policy"]


def test_a_strangers_page_gets_no_ticket(page: Page, the_house: House) -> None:
    phone(page, the_house, "zj")
    ticket = f"{the_house.phone('zj')}bridge/ticket"
    ask = "url => fetch(url, {credentials: 'include'}).then(a => a.status, () => 'refused')"
    with stranger("<p>") as theirs:
        page.goto(theirs)
        assert page.evaluate(ask, ticket) == "refused"
    page.goto(f"{the_house.h5app}/zj/me/help")
    # Where no host's script stands, our own pages do not ask either.
    assert page.evaluate(ask, ticket) == "refused"
