"""Codes of a host are good for a minute and for one use. A late or repeated one leads to a new login, once."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from mock_partners.testing.registrations.partners import PARTNERS
from tests.support.houses.entrance import location
from tests.support.houses.every_host import Door, every_host, logged_in

pytestmark = pytest.mark.anyio
ALL = [partner.id for partner in PARTNERS]
TOO_LATE = timedelta(seconds=70)  # more than the minute and the allowed clock skew


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
    door.pass_time(TOO_LATE)
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
    browser, stranger = door.browser(), door.browser()
    back = await door.back(partner, browser)
    assert location(await browser.get(back)) == f"/{partner}/"
    asked = door.town.transport.calls.copy()
    assert location(await browser.get(back)) == f"/{partner}/"
    way_on(await stranger.get(back), partner, "没有找到这次登录")
    assert not logged_in(stranger, partner)
    session = next(name for name in browser.cookies if name.endswith(f"sb-{partner}"))
    browser.cookies.delete(session)
    again = way_on(await browser.get(back), partner)
    # A spent code is never shown to the host a second time.
    assert door.town.transport.calls == asked
    assert len(door.core.sent("/customers")) == 1
    assert location(await browser.get(await door.back(partner, browser, again))) == f"/{partner}/"


@pytest.mark.parametrize("partner", ["mbank", "ebank"])
async def test_what_a_channel_brought_too_late_leads_to_its_page(partner: str, door: Door) -> None:
    browser, brought = door.browser(), await door.tapped(partner)
    door.pass_time(TOO_LATE)
    again = way_on(await browser.get(brought), partner)
    assert door.core.sent("/customers") == []
    assert location(await browser.get(await door.back(partner, browser, again))) == f"/{partner}/"


@pytest.mark.parametrize("partner", ["mbank", "ebank"])
async def test_what_a_channel_brought_is_good_in_one_browser(partner: str, door: Door) -> None:
    browser, stranger, brought = door.browser(), door.browser(), await door.tapped(partner)
    assert urlsplit(brought).path.startswith(f"/{partner}/")
    assert location(await browser.get(brought)) == f"/{partner}/arrive"
    way_on(await stranger.get(brought), partner)
    assert (await browser.get(f"/{partner}/arrive")).status_code == 200
