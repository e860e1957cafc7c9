"""A launch opened in a frame is used only where the browser keeps our cookie there: else the whole window opens it."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest

from tests.h5app.partner_api.test_launches import log_in_at_host, make, state_of
from tests.support.houses.agreeing import agree, choose
from tests.support.houses.handing_over import assertion
from tests.support.houses.partner_api import PartnerApiHouse

pytestmark = pytest.mark.anyio
FRAMED = {"Sec-Fetch-Dest": "iframe"}
# What a browser that is too old for cookies in frames sends of the frame: nothing.
OLD: dict[str, str] = {}


async def made(house: PartnerApiHouse, *, with_person: bool) -> dict[str, str]:
    body = {"assertion": assertion(house.clock.wall())} if with_person else {}
    return await make(house.make_key(), **body)


def kept(browser: httpx.AsyncClient, answer: httpx.Response) -> httpx.Response:
    """Keep the cookie as a browser does in a frame. httpx keeps no Secure cookie over http, loopback or not."""
    for given in answer.headers.get_list("set-cookie"):
        assert given.endswith("SameSite=None; Secure; Partitioned")
        name, _, value = given.split(";")[0].partition("=")
        browser.cookies.set(name, value)
    return answer


async def open_in_whole_window(
    house: PartnerApiHouse, browser: httpx.AsyncClient, address: str, *, with_person: bool
) -> None:
    """Open the launch at top level and log in, which only an unused launch allows."""
    answer = await browser.get(address)
    assert answer.status_code == 303, answer.text
    if not with_person:
        answer = await log_in_at_host(house, browser, answer)
    page = await agree(browser, answer)
    entered = await choose(browser, page, "enter") if with_person else page
    assert entered.headers["location"] == "/ebank/top-up"


@pytest.mark.parametrize("with_person", [True, False])
@pytest.mark.parametrize("headers", [FRAMED, OLD])
async def test_a_browser_that_keeps_no_cookie_leaves_the_launch_unused_for_the_whole_window(
    house: PartnerApiHouse, with_person: bool, headers: dict[str, str]
) -> None:
    server, launch = house.make_key(), await made(house, with_person=with_person)
    frame, window = house.browser(), house.browser()
    answer = await frame.get(f"{launch['url']}&embed=frame", headers=headers)
    if answer.status_code == 303:
        frame.cookies.clear()
        answer = await frame.get(answer.headers["location"], headers=headers)
    assert (answer.status_code, 'data-code="login.launch_used"' in answer.text) == (400, False)
    assert await state_of(server, launch) == "created"
    # The page's own link, and what the SDK opens, are the launch itself.
    (link,) = re.findall(r'href="([^"]+)" target="_top"', answer.text)
    assert launch["url"].endswith(unescape(link))
    await open_in_whole_window(house, window, launch["url"], with_person=with_person)
    assert await state_of(server, launch) == "signed_in"


@pytest.mark.parametrize("with_person", [True, False])
async def test_a_browser_that_keeps_the_cookie_opens_the_launch_in_the_frame(
    house: PartnerApiHouse, with_person: bool
) -> None:
    server, launch = house.make_key(), await made(house, with_person=with_person)
    frame = house.browser()
    first = kept(frame, await frame.get(f"{launch['url']}&embed=frame", headers=FRAMED))
    assert (first.status_code, "tried=1" in first.headers["location"]) == (303, True)
    assert await state_of(server, launch) == "created"
    second = kept(frame, await frame.get(first.headers["location"], headers=FRAMED))
    assert second.status_code == 303
    assert await state_of(server, launch) == "opened"
    if with_person:
        assert second.headers["location"] == "/ebank/arrive"
        asking = await frame.get("/ebank/arrive", headers=FRAMED)
        assert asking.status_code == 200
        assert 'name="answer" value="agree"' in asking.text


@pytest.mark.parametrize("with_person", [True, False])
async def test_a_launch_goes_on_in_the_frame_once_the_browser_was_asked_for_cookies(
    house: PartnerApiHouse, with_person: bool
) -> None:
    server, launch = house.make_key(), await made(house, with_person=with_person)
    frame = house.browser()
    first = await frame.get(f"{launch['url']}&embed=frame", headers=FRAMED)
    refused = await frame.get(first.headers["location"], headers=FRAMED)
    (again,) = (unescape(found) for found in re.findall(r'data-again="([^"]+)"', refused.text))
    given = kept(frame, await frame.get(again, headers=FRAMED))
    opened = await frame.get(given.headers["location"], headers=FRAMED)
    assert opened.status_code == 303
    assert await state_of(server, launch) == "opened"
