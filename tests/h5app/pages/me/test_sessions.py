"""Where a customer is logged in: at most five places at a partner, listed, and ended by the customer."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from h5app import sessions
from h5app.migrations import migrate
from h5app.tables import sessions as table
from partner_adapters.identity.identity import Check
from tests.support.houses.entrance import OTHER, Entrance, Phone, entrance, location
from tests.support.houses.site import PARTNER, PERSON, Site, site

pytestmark = pytest.mark.anyio
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 MyCity/3.2"
)
ANDROID = "Mozilla/5.0 (Linux; Android 8.1; V1818A) AppleWebKit/537.36 Chrome/64.0 Mobile Safari/537.36"
FRAMED = {"Sec-Fetch-Dest": "iframe"}


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Entrance]:
    async with entrance(tmp_path) as opened:
        yield opened


async def logged_in(door: Entrance, user_agent: str = ANDROID, **headers: str) -> Phone:
    """Return another browser of the customer, logged in a minute after the latest one."""
    door.clock.advance(timedelta(minutes=1))
    phone = door.phone()
    phone.http.headers.update({"User-Agent": user_agent} | headers)
    await phone.log_in()
    return phone


async def is_let_in(phone: Phone) -> bool:
    return (await phone.open("/me")).status_code == 200


def shown(page: httpx.Response) -> list[str]:
    """Return what each row of the list says."""
    listed = re.search(r'<ul class="rows">(.*?)</ul>', page.text, re.S)
    assert listed, page.text
    rows = re.findall(r"<li>(.*?)</li>", listed[1], re.S)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


def way_on(page: httpx.Response) -> str:
    """Return the address that the page's button opens."""
    found = re.search(r'<a class="button" href="([^"]+)"', page.text)
    assert found, page.text
    return unescape(found[1])


async def press(phone: Phone, page: httpx.Response, button: str) -> httpx.Response:
    """Press the first button of the page with this text, as a browser without scripts does."""
    for form in re.findall(r'<form method="post".*?</form>', page.text, re.S):
        if f">{button}</button>" in form:
            hidden = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form))
            return await phone.http.post(
                "/lyg/me/sessions", data=hidden, headers={"Origin": "http://localhost:8000"}
            )
    raise AssertionError(f"no button {button}: {page.text}")


async def test_the_sixth_login_ends_the_one_used_longest_ago_and_its_next_page_says_why(
    door: Entrance,
) -> None:
    first, *others = [await logged_in(door) for _ in range(5)]
    form = await others[0].open("/me/display")
    door.clock.advance(timedelta(minutes=1))
    # Used later than `others[0]`, though `first` began before it.
    assert all([await is_let_in(phone) for phone in (first, *others[1:])])
    sixth = await logged_in(door)
    assert [await is_let_in(phone) for phone in (first, *others[1:], sixth)] == [True] * 5
    sent = await others[0].send(form, text_size="elder", lang="zh")
    told = await others[0].open(location(sent))
    assert told.status_code == 200
    assert "这里的登录结束了" in told.text
    assert "最多同时登录 5 处" in told.text
    assert told.headers["clear-site-data"] == '"cache"'
    # Nothing typed is lost, and the way on is a new login, which ends one more.
    back = location(await others[0].log_in(way_on(told)))
    assert 'value="elder" checked' in (await others[0].open(back)).text
    assert sum([await is_let_in(phone) for phone in (first, *others, sixth)]) == 5


async def test_the_tile_says_it_too_once_and_a_login_after_it_is_an_ordinary_one(door: Entrance) -> None:
    phones = [await logged_in(door) for _ in range(6)]
    told = await phones[0].open("/enter?next=/lyg/loans&ui=elder")
    assert "最多同时登录 5 处" in told.text
    assert 'class="elder"' in told.text
    assert location(await phones[0].log_in(way_on(told))) == "/lyg/loans"
    assert (await phones[0].open("/enter")).status_code == 303


async def test_what_ended_by_itself_or_is_another_persons_takes_no_place(door: Entrance) -> None:
    first = await logged_in(door)
    door.clock.advance(timedelta(minutes=15))
    assert not await is_let_in(first)
    phones = [await logged_in(door) for _ in range(4)]
    door.core.says("POST", "/customers", OTHER)
    for _ in range(6):
        await logged_in(door)
    assert all([await is_let_in(phone) for phone in phones])
    lapsed = await first.open("/enter")
    assert (lapsed.status_code, "登录结束了" in lapsed.text) == (303, False)


async def test_a_login_in_a_frame_takes_a_place_like_any_other(door: Entrance) -> None:
    # httpx keeps no Secure cookie over http, so a frame's session is begun and then only counted.
    phones = [await logged_in(door) for _ in range(5)]
    framed = door.phone()
    framed.http.cookies.set("sb-lyg-way", "kept-in-the-frame")
    door.clock.advance(timedelta(minutes=1))
    sent = await framed.open("/enter?embed=frame", **FRAMED)
    framed.http.cookies.set("sb-lyg-way", sent.headers["set-cookie"].split(";")[0].partition("=")[2])
    back = await door.super_app.face_check(sent.headers["location"])
    assert "Partitioned" in (await framed.http.get(back, headers=FRAMED)).headers["set-cookie"]
    assert [await is_let_in(phone) for phone in phones] == [False] + [True] * 4


@pytest.mark.both_databases
async def test_ten_logins_at_once_leave_five(tmp_path: Path, database_url: str) -> None:
    migrate(database_url)
    with site(tmp_path, database_url=database_url) as pages:
        await asyncio.gather(*(pages.log_in() for _ in range(10)))
        live = select(func.count()).where(table.c.ended_at.is_(None), table.c.partner == PARTNER)
        assert await pages.services.store.read(lambda conn: conn.scalar(live)) == 5
        pages.services.store.close()


async def test_the_list_says_since_when_on_which_device_and_which_one_is_this(door: Entrance) -> None:
    await logged_in(door, IPHONE)
    tablet = await logged_in(door, "Mozilla/5.0 (Linux; Android 13; SM-X700) Safari/537.36")
    page = await tablet.open("/me/sessions")
    here, there = shown(page)
    assert "安卓平板" in here
    assert "就是这里" in here
    assert "苹果手机" in there
    assert "就是这里" not in there
    assert len(re.findall(r"\d年\d+月\d+日 \d\d:\d\d", there)) == 2
    assert "iPhone OS" not in page.text


async def test_one_other_login_is_ended_and_its_next_page_says_by_whom(door: Entrance) -> None:
    phone, lost, kept = [await logged_in(door, agent) for agent in (ANDROID, IPHONE, ANDROID)]
    page = await phone.open("/me/sessions")
    assert len(shown(page)) == 3
    # The newest of the others comes first, so the first button belongs to `kept`: press the one of the iPhone.
    button = next(form for form in re.findall(r"<li>.*?</li>", page.text, re.S) if "苹果手机" in form)
    ended = re.search(r'name="end" value="([^"]+)"', button)
    assert ended
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert csrf
    sent = await phone.http.post(
        "/lyg/me/sessions",
        data={"end": ended[1], "csrf": csrf[1]},
        headers={"Origin": "http://localhost:8000"},
    )
    assert location(sent) == "/lyg/me/sessions"
    assert [await is_let_in(one) for one in (phone, lost, kept)] == [True, False, True]
    told = await lost.open("/enter")
    assert "在另一处结束了这里的登录" in told.text
    assert len(shown(await phone.open("/me/sessions"))) == 2


async def test_all_others_are_ended_at_once_and_never_this_one(door: Entrance) -> None:
    phones = [await logged_in(door) for _ in range(4)]
    page = await phones[2].open("/me/sessions")
    assert location(await press(phones[2], page, "结束其他 3 处登录")) == "/lyg/me/sessions"
    assert [await is_let_in(phone) for phone in phones] == [False, False, True, False]
    alone = await phones[2].open("/me/sessions")
    assert len(shown(alone)) == 1
    assert "<button" not in alone.text.split("</ul>")[1].split("</main>")[0]


async def test_a_customer_neither_sees_nor_ends_a_login_of_another(pages: Site) -> None:
    other = replace(PERSON, customer_id="cu-2", subject="sub-2")
    statement = sessions.FaceStatement("a.b.c", Check(("face",), None, pages.clock.wall()), "s" * 43)
    secret = await sessions.begin(pages.services, PARTNER, other, statement, ("zh", "standard"), None)
    visitor = await pages.client()
    page = await visitor.get("/me/sessions")
    assert len(shown(page)) == 1
    ref = await pages.services.store.read(
        lambda conn: conn.scalar(select(table.c.ref).where(table.c.customer_id == "cu-2"))
    )
    csrf = re.search(r'name="csrf" value="([^"]+)"', (await visitor.get("/leave")).text)
    assert csrf
    for end in (sessions.mark_of(ref), ref, "others", "", "%"):
        sent = await visitor.http.post(
            "/lyg/me/sessions", data={"end": end, "csrf": csrf[1]}, headers={"Origin": pages.base_url}
        )
        assert location(sent) == "/lyg/me/sessions"
    assert await sessions.is_open(pages.services, secret)


async def test_no_login_is_ended_without_the_sessions_token(door: Entrance) -> None:
    phone, other = [await logged_in(door) for _ in range(2)]
    for headers in ({"Origin": "http://localhost:8000"}, {"Origin": "https://evil.example"}):
        refused = await phone.http.post("/lyg/me/sessions", data={"end": "others"}, headers=headers)
        assert refused.status_code == 403
    assert await is_let_in(other)
