"""Codes of a host are good for a minute and for one use. A late or repeated one leads to a new login, once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from mock_partners.testing.registrations.partners import PARTNERS
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.agreeing import choose
from tests.support.houses.dialects import H5APP
from tests.support.houses.entrance import OTHER, location
from tests.support.houses.every_host import Door, every_host, logged_in

pytestmark = pytest.mark.anyio
ALL = [partner.id for partner in PARTNERS]
GATEWAYS = {"sfb": 2, "zfb": 2}  # the two calls of one login go to one address there
# More than the minute of a code, or the five of the corporate bank's assertion, and the allowed clock skew.
TOO_LATE, ASSERTION_TOO_LATE = timedelta(seconds=70), timedelta(seconds=311)


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with every_host(tmp_path) as opened:
        yield opened


def way_on(page: httpx.Response, partner: str, words: str = "这次确认已经过时") -> str:
    """Return the link that starts a new login, from a page that says what is wrong."""
    assert page.status_code == 400
    assert words in page.text
    found = re.search(rf'href="(/{partner}/enter[^"]*)"', page.text)
    assert found, page.text
    return unescape(found[1])


@pytest.mark.parametrize("partner", ALL)
async def test_a_code_that_came_too_late_leads_to_a_login_that_works(partner: str, door: Door) -> None:
    browser = door.browser()
    back = await door.back(partner, browser)
    door.pass_time(ASSERTION_TOO_LATE if partner == "ebank" else TOO_LATE)
    answer = await browser.get(back)
    again = way_on(answer, partner)
    assert not logged_in(browser, partner)
    assert door.core.sent("/customers") == []
    said = answer.text.replace(answer.headers["x-request-id"], "")  # which may hold any digits
    assert not re.search("SSO_|isv|4002|4016|expired|used", said)
    assert location(await browser.get(await door.back(partner, browser, again))) == f"/{partner}/"
    assert "李*英" in (await browser.get(f"/{partner}/")).text


@pytest.mark.parametrize("partner", ALL)
async def test_a_spent_code_resumes_where_its_session_is_and_asks_anew_elsewhere(
    partner: str, door: Door
) -> None:
    await door.met_before(partner)
    browser, stranger = door.browser(), door.browser()
    back = await door.back(partner, browser)
    assert location(await browser.get(back)) == f"/{partner}/"
    asked = door.town.transport.calls.copy()
    assert location(await browser.get(back)) == f"/{partner}/"
    way_on(await stranger.get(back), partner, "没有找到这次登录")
    assert not logged_in(stranger, partner)
    session = next(name for name in browser.cookies if name.endswith(f"sb-{partner}"))
    browser.cookies.delete(session)
    door.pass_time(timedelta(seconds=61))
    again = way_on(await browser.get(back), partner)
    # A spent code is never shown to the host a second time.
    assert door.town.transport.calls == asked
    assert len(door.core.sent("/customers")) == 1
    assert location(await browser.get(await door.back(partner, browser, again))) == f"/{partner}/"


@pytest.mark.parametrize("partner", ALL)
async def test_a_web_view_that_asks_twice_at_once_is_logged_in_by_either_response(
    partner: str, door: Door
) -> None:
    await door.met_before(partner)
    browser = door.browser()
    back = await door.back(partner, browser, f"/enter?next=/{partner}/me")
    asked = door.town.transport.calls.copy()
    binding = httpx.Cookies(browser.cookies)
    first, second = await asyncio.gather(browser.get(back), browser.get(back))
    assert location(first) == location(second) == f"/{partner}/me"
    # The first response is thrown away, with its cookie. The host and the bank were asked once.
    calls = door.town.transport.calls - asked
    assert all(times <= GATEWAYS.get(partner, 1) for times in calls.values()), calls
    assert len(door.core.sent("/customers")) == 1
    browser.cookies = binding
    browser.cookies.update(second.cookies)
    assert (await browser.get(f"/{partner}/me")).status_code == 200
    # Once more, not for ever: a third request without the session's cookie is late.
    browser.cookies = binding = httpx.Cookies({k: v for k, v in browser.cookies.items() if "way" in k})
    way_on(await browser.get(back), partner)


@pytest.mark.parametrize("partner", ALL)
async def test_only_the_same_answer_of_the_same_browser_within_a_minute_collects_the_login(
    partner: str, door: Door
) -> None:
    await door.met_before(partner)
    browser, stranger = door.browser(), door.browser()
    back = await door.back(partner, browser)
    await browser.get(back)
    browser.cookies = only_binding(browser)
    way_on(await stranger.get(back), partner, "没有找到这次登录")
    for other in (f"{back}&more=1", re.sub(r"=[^=&]{4}", "=abcd", back)):
        assert not location_of(await browser.get(other), partner)
    assert location(await browser.get(back)) == f"/{partner}/"
    assert logged_in(browser, partner)
    late = await door.back(partner, browser)
    bound = only_binding(browser)
    await browser.get(late)
    browser.cookies = bound
    door.pass_time(timedelta(seconds=61))
    way_on(await browser.get(late), partner)


def only_binding(browser: httpx.AsyncClient) -> httpx.Cookies:
    """Return the browser's cookies without those of a session."""
    kept = httpx.Cookies()
    for cookie in browser.cookies.jar:
        if cookie.name.endswith("way"):
            kept.jar.set_cookie(cookie)
    return kept


def location_of(answer: httpx.Response, partner: str) -> str:
    """Return where the answer leads if it logs in, else ""."""
    return answer.headers.get("location", "") if f"sb-{partner}=" in str(answer.headers) else ""


@pytest.mark.parametrize("partner", ALL)
async def test_a_refusal_that_was_asked_for_twice_is_the_same_page_twice(partner: str, door: Door) -> None:
    await door.met_before(partner)
    browser = door.browser()
    back = await door.back(partner, browser)
    door.core.says("POST", "/customers", Problem(401, "identity.refused"))
    first, second = await browser.get(back), await browser.get(back)
    assert first.status_code == second.status_code == 502
    assert "银行没有接受" in first.text
    assert "银行没有接受" in second.text
    assert len(door.core.sent("/customers")) == 1


async def test_a_login_that_was_left_is_not_collected(door: Door) -> None:
    await door.met_before("lyg")
    browser = door.browser()
    back = await door.back("lyg", browser)
    await browser.get(back)
    page = await browser.get("/lyg/leave")
    token = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert token
    await browser.post("/lyg/leave", data={"csrf": token[1]}, headers={"Origin": H5APP})
    way_on(await browser.get(back), "lyg")


async def test_a_second_answer_never_resumes_an_earlier_persons_session(door: Door) -> None:
    await door.met_before("lyg")
    browser = door.browser()
    await browser.get(await door.back("lyg", browser))
    earlier = httpx.Cookies(browser.cookies)
    back = await door.back("lyg", browser)
    door.core.says("POST", "/customers", OTHER)
    first, second = await asyncio.gather(browser.get(back), browser.get(back))
    assert first.cookies.get("sb-lyg") == second.cookies.get("sb-lyg") != earlier.get("sb-lyg")


@pytest.mark.parametrize("partner", ["mbank", "ebank"])
async def test_an_arrival_whose_button_is_sent_twice_is_logged_in_by_either_response(
    partner: str, door: Door
) -> None:
    browser, brought = door.browser(), await door.tapped(partner)
    await browser.get(brought)
    # The address asked twice, then the button sent twice.
    assert location(await browser.get(brought)) == f"/{partner}/arrive"
    bound = httpx.Cookies(browser.cookies)
    sent: dict[str, Any] = {"headers": {"Origin": H5APP}, "data": {"answer": "enter"}}
    # Without consent the button logs no customer in.
    assert location(await browser.post(f"/{partner}/arrive", **sent)) == f"/{partner}/arrive"
    await choose(browser, await browser.get(f"/{partner}/arrive"), "agree")
    await browser.post(f"/{partner}/arrive", **sent)
    browser.cookies = httpx.Cookies(bound)
    assert location(await browser.post(f"/{partner}/arrive", **sent)) == f"/{partner}/"
    assert logged_in(browser, partner)
    assert len(door.core.sent("/customers")) == 1
    browser.cookies = bound
    way_on(await browser.post(f"/{partner}/arrive", **sent), partner)


# What a page says of an address that a channel brought, and that is good no more.
SPENT = {"mbank": "这次确认已经过时", "ebank": "这个链接不能用了"}


@pytest.mark.parametrize("partner", SPENT)
async def test_what_a_channel_brought_too_late_leads_to_its_page(partner: str, door: Door) -> None:
    browser, brought = door.browser(), await door.tapped(partner)
    door.pass_time(ASSERTION_TOO_LATE if partner == "ebank" else TOO_LATE)
    again = way_on(await browser.get(brought), partner, SPENT[partner])
    assert door.core.sent("/customers") == []
    assert location(await browser.get(await door.back(partner, browser, again))) == f"/{partner}/"


@pytest.mark.parametrize("partner", SPENT)
async def test_what_a_channel_brought_is_good_in_one_browser(partner: str, door: Door) -> None:
    browser, stranger, brought = door.browser(), door.browser(), await door.tapped(partner)
    assert urlsplit(brought).path.startswith(f"/{partner}/")
    assert location(await browser.get(brought)) == f"/{partner}/arrive"
    way_on(await stranger.get(brought), partner, SPENT[partner])
    assert (await browser.get(f"/{partner}/arrive")).status_code == 200
