"""A frame without our cookies: first the browser is asked for them, once, and then the whole window opens."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from h5app.sdk.routes import versions
from tests.h5app.login.test_cookies import CROSS_SITE, FRAMED, keep_binding
from tests.support.houses.entrance import Entrance, entrance, location

pytestmark = pytest.mark.anyio
LOST = "/enter?embed=frame&ui=elder&tried=1"
WHOLE = 'href="/lyg/enter?ui=elder" target="_top"'


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Entrance]:
    async with entrance(tmp_path) as opened:
        yield opened


def event_of(page: httpx.Response) -> str:
    (event,) = re.findall(r'<main[^>]* data-event="(\w+)"', page.text)
    return str(event)


def again_of(page: httpx.Response) -> str:
    (again,) = re.findall(r'data-again="([^"]+)"', page.text)
    return unescape(again)


async def test_the_page_first_offers_to_ask_the_browser_and_keeps_its_plain_link(door: Entrance) -> None:
    page = await door.phone().open(LOST, **FRAMED)
    assert (page.status_code, event_of(page)) == (400, "entering")
    assert again_of(page) == "/lyg/enter?embed=frame&ui=elder&asked=1"
    # The offer needs a script, and is hidden without one. The link to the whole window is the main button then.
    assert re.search(r'<button [^>]*id="stay"[^>]* hidden>', page.text)
    assert f'<a class="button" id="whole" {WHOLE}' in page.text
    assert "storage_access." in page.text


async def test_once_the_browser_gave_cookies_the_login_goes_on_in_the_frame(door: Entrance) -> None:
    phone = door.phone()
    first = await phone.open(again_of(await phone.open(LOST, **FRAMED)), **FRAMED)
    assert location(first) == "/lyg/enter?embed=frame&ui=elder&asked=1&tried=1"
    assert first.headers["set-cookie"].endswith(CROSS_SITE)
    keep_binding(phone, first)
    second = await phone.open(location(first), **FRAMED)
    assert "/authorize?" in second.headers["location"]


async def test_a_browser_that_still_keeps_none_is_not_asked_again(door: Entrance) -> None:
    page = await door.phone().open(f"{LOST}&asked=1", **FRAMED)
    assert (page.status_code, event_of(page)) == (400, "blocked")
    assert WHOLE in page.text
    assert "stay" not in page.text
    assert "storage_access." not in page.text


async def test_a_browser_too_old_to_say_that_it_is_a_frame_is_not_asked_at_all(door: Entrance) -> None:
    page = await door.phone().open("/enter?embed=frame&ui=elder")
    assert (page.status_code, event_of(page)) == (400, "blocked")
    assert WHOLE in page.text


async def test_what_stands_in_the_address_comes_back_as_an_address_of_ours_only(door: Entrance) -> None:
    for word in (
        '"><script>alert(1)</script>',
        "//evil.example",
        "长" * 500,
        "\u202eabc",
        "a&tried=1&asked=1",
    ):
        page = await door.phone().http.get(
            "/lyg/enter", params={"next": word, "embed": "frame", "tried": word}, headers=FRAMED
        )
        assert "<script>alert" not in page.text
        assert "evil" not in urlsplit(again_of(page)).netloc
        assert parse_qs(urlsplit(again_of(page)).query)["next"] == [word]
        (whole,) = re.findall(r'id="whole" href="([^"]+)"', page.text)
        assert parse_qs(urlsplit(unescape(whole)).query) == {"next": [word]}


async def test_each_page_in_a_frame_says_the_newest_release_of_the_sdk(door: Entrance) -> None:
    page = await door.phone().open(LOST, **FRAMED)
    (tag,) = re.findall(r"<script[^>]*/frame\.[^>]*>", page.text)
    assert f'data-newest="{versions()[-1]}"' in tag
    # Only a page that fits its frame to itself tells its height.
    assert "data-size" not in tag
