"""The exact cookies of a page at top level, in a partner's frame, and on loopback."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.responses import Response

from h5app.sessions import binding_cookie, session_cookie
from h5app.settings import H5Settings
from partner_adapters.kit.pages.security.cookies import set_cookie
from tests.support.houses.entrance import Entrance, Phone, entrance, location
from tests.support.houses.site import Site

pytestmark = pytest.mark.anyio
FRAMED = {"Sec-Fetch-Dest": "iframe"}
CROSS_SITE = "HttpOnly; Path=/; SameSite=None; Secure; Partitioned"


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Entrance]:
    """A site whose partner names an origin that may frame us."""
    async with entrance(tmp_path) as opened:
        yield opened


def _secure(pages: Site) -> H5Settings:
    return pages.services.settings.model_copy(update={"base_url": "https://h5.bank.example"})


async def test_over_https_the_browser_itself_holds_the_cookie_to_our_host(pages: Site) -> None:
    settings = _secure(pages)
    assert session_cookie(settings, "lyg") == "__Host-sb-lyg"
    assert binding_cookie(settings, "lyg~w7") == "__Host-sb-lyg~w7-way"
    response = Response()
    set_cookie(response, session_cookie(settings, "lyg"), "x", secure=settings.secure, framed=False)
    assert response.headers["set-cookie"] == "__Host-sb-lyg=x; HttpOnly; Path=/; SameSite=lax; Secure"


async def test_the_plain_name_is_for_loopback_alone(pages: Site) -> None:
    assert session_cookie(pages.services.settings, "lyg") == "sb-lyg"
    response = Response()
    set_cookie(response, "sb-lyg", "x", secure=pages.services.settings.secure, framed=False)
    assert response.headers["set-cookie"] == "sb-lyg=x; HttpOnly; Path=/; SameSite=lax"


async def test_a_page_at_top_level_never_gets_a_cross_site_cookie(door: Entrance) -> None:
    for headers in ({}, {"Sec-Fetch-Dest": "document"}, {"Sec-Fetch-Dest": "empty"}):
        answer = await door.phone().open("/enter", **headers)
        assert "authorize" in answer.headers["location"]
        assert answer.headers["set-cookie"].endswith("; HttpOnly; Path=/; SameSite=lax")


async def test_a_partner_that_may_not_frame_us_never_gets_a_cross_site_cookie(pages: Site) -> None:
    assert pages.services.partners["lyg"].partner.frame_ancestors == ()
    visitor = await pages.client()
    left = await visitor.http.post(
        "/lyg/leave",
        data={"csrf": (await visitor.get("/leave")).text.split('name="csrf" value="')[1].split('"')[0]},
        headers={"Origin": pages.base_url, **FRAMED},
    )
    assert left.headers["set-cookie"].endswith("HttpOnly; Path=/; SameSite=lax")
    assert left.headers["x-frame-options"] == "DENY"
    assert "frame.js" not in left.text


def keep_binding(phone: Phone, answer: httpx.Response) -> None:
    """Keep the cookie as a browser does in a frame. httpx keeps no Secure cookie over http, loopback or not."""
    phone.http.cookies.set("sb-lyg-way", answer.headers["set-cookie"].split(";")[0].partition("=")[2])


async def test_in_a_frame_a_login_begins_once_the_browser_has_given_our_cookie_back(door: Entrance) -> None:
    await door.phone().log_in()
    phone = door.phone()
    first = await phone.open("/enter?embed=frame&ui=elder", **FRAMED)
    assert location(first) == "/lyg/enter?embed=frame&ui=elder&tried=1"
    assert first.headers["set-cookie"].startswith("sb-lyg-way=")
    assert first.headers["set-cookie"].endswith(CROSS_SITE)
    keep_binding(phone, first)
    second = await phone.open(location(first), **FRAMED)
    keep_binding(phone, second)
    assert second.headers["location"].startswith("http://127.0.0.1:8101/main/lyg/authorize?")
    back = await door.super_app.face_check(second.headers["location"])
    answer = await phone.http.get(back, headers=FRAMED)
    assert location(answer) == "/lyg/"
    assert answer.headers["set-cookie"].startswith("sb-lyg=")
    assert answer.headers["set-cookie"].endswith(CROSS_SITE)


@pytest.mark.parametrize(
    ("query", "headers"),
    [("embed=frame&ui=elder&tried=1&asked=1", FRAMED), ("embed=frame&ui=elder", {})],
)
async def test_a_browser_that_keeps_no_cookie_in_frames_is_asked_for_the_whole_page_before_any_face_check(
    door: Entrance, query: str, headers: dict[str, str]
) -> None:
    answer = await door.phone().open(f"/enter?{query}", **headers)
    assert answer.status_code == 400
    assert 'data-event="blocked"' in answer.text
    assert 'href="/lyg/enter?ui=elder" target="_top"' in answer.text


async def test_a_framed_page_speaks_to_the_partners_configured_origins_alone(door: Entrance) -> None:
    referer = {"Referer": "https://evil.example/", **FRAMED}
    page = await door.phone().open("/enter?embed=frame&tried=1", **referer)
    assert 'data-parents="http://127.0.0.1:8101"' in page.text
    assert "evil" not in page.text


PLANTED = "known-to-an-attacker-before-the-login"


async def test_a_binding_that_was_known_before_a_login_gives_nothing_of_it(door: Entrance) -> None:
    await door.phone().log_in()
    victim, attacker = door.phone(), door.phone()
    for phone in (victim, attacker):
        phone.http.cookies.set("sb-lyg-way", PLANTED, domain="localhost.local")
    sent = await victim.open("/enter")
    back = await door.super_app.face_check(sent.headers["location"])
    assert location(await victim.http.get(back)) == "/lyg/"
    # The attacker saw the address of the answer, and asks for its outcome within the minute.
    stolen = await attacker.http.get(back)
    assert stolen.status_code == 400
    assert "sb-lyg=" not in str(stolen.headers)


async def test_each_login_of_one_browser_has_a_binding_of_its_own(door: Entrance) -> None:
    phone, bindings = door.phone(), set()
    for _ in range(3):
        await phone.log_in()
        bindings.add(phone.http.cookies["sb-lyg-way"])
    assert len(bindings) == 3
