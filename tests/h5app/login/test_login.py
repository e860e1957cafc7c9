"""A login at the partner: which response is accepted, in which browser, how often, and where it leads."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Row, select

from h5app.tables import logins, sessions
from partner_adapters.identity.holder import answers
from partner_adapters.identity.oidc.host import OidcHost
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.entrance import OTHER, Entrance, entrance, location
from tests.support.houses.gov_app import H5APP, query_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Entrance]:
    async with entrance(tmp_path) as opened:
        yield opened


async def test_the_tile_leads_over_the_face_check_to_a_home_with_a_masked_name(door: Entrance) -> None:
    phone = door.phone()
    answer = await phone.log_in()
    assert location(answer) == "/lyg/"
    home = await phone.open("/")
    assert home.status_code == 200
    assert "李*英" in home.text
    assert "李秀英" not in home.text


async def test_both_partners_let_their_people_in(door: Entrance) -> None:
    phone = door.phone("haian")
    assert location(await phone.log_in()) == "/haian/"
    assert (await phone.open("/")).status_code == 200


async def test_a_session_of_one_partner_opens_nothing_at_another(door: Entrance) -> None:
    phone = door.phone()
    await phone.log_in()
    token = phone.http.cookies["sb-lyg"]
    phone.http.cookies.set("sb-haian", token)
    assert location(await phone.http.get("/haian/")).startswith("/haian/enter")


async def test_a_deep_link_survives_the_login(door: Entrance) -> None:
    phone = door.phone()
    asked = await phone.open("/loans/lo-1?x=1")
    assert location(asked) == "/lyg/enter?next=%2Flyg%2Floans%2Flo-1%3Fx%3D1"
    assert location(await phone.log_in(asked.headers["location"])) == "/lyg/loans/lo-1?x=1"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/haian/",
        "/lyg/../haian/",
        "/lyg/%0d%0ax",
        "/\t/evil.example/",
        "\t//evil.example/",
        "/\t\\evil.example/",
        "/%09/evil.example/",
        "///evil.example/",
        "/lyg\\..\\..\\evil",
        "/lyg//evil.example/",
        "/lyg/%2e%2e/haian/",
        "/lyg/\nx",
        "https:evil.example",
        "javascript:alert(1)",
        "@evil.example",
        ".evil.example",
    ],
)
async def test_nobody_is_sent_anywhere_else_after_the_login(door: Entrance, target: str) -> None:
    phone = door.phone()
    sent = await phone.http.get("/lyg/enter", params={"next": target})
    assert location(await phone.pass_face(sent.headers["location"])) == "/lyg/"


async def test_two_tabs_can_both_log_in(door: Entrance) -> None:
    phone = door.phone()
    first, second = await phone.open("/enter?next=/lyg/loans"), await phone.open("/enter?next=/lyg/credit")
    assert location(await phone.pass_face(second.headers["location"])) == "/lyg/credit"
    assert location(await phone.pass_face(first.headers["location"])) == "/lyg/loans"
    assert (await phone.open("/")).status_code == 200


async def test_a_login_begun_in_another_browser_logs_nobody_in(door: Entrance) -> None:
    attacker, victim = door.phone(), door.phone()
    sent = await attacker.open("/enter")
    answer = await victim.pass_face(sent.headers["location"])
    assert answer.status_code == 400
    assert "没有找到这次登录" in answer.text
    assert location(await victim.open("/")).startswith("/lyg/enter")


async def test_an_unasked_for_answer_logs_nobody_in(door: Entrance) -> None:
    phone = door.phone()
    answer = await phone.open("/callback?code=abc&state=made-up&iss=x")
    assert answer.status_code == 400
    assert "set-cookie" not in answer.headers


async def test_reloading_the_callback_resumes_the_session_of_this_browser(door: Entrance) -> None:
    phone = door.phone()
    sent = await phone.open("/enter?next=/lyg/loans")
    back = await door.super_app.face_check(sent.headers["location"])
    await phone.http.get(back)
    cookie = phone.http.cookies["sb-lyg"]
    assert location(await phone.http.get(back)) == "/lyg/loans"
    assert phone.http.cookies["sb-lyg"] == cookie


async def test_a_replayed_answer_without_its_session_is_an_honest_page(door: Entrance) -> None:
    phone = door.phone()
    sent = await phone.open("/enter")
    back = await door.super_app.face_check(sent.headers["location"])
    await phone.http.get(back)
    phone.http.cookies.delete("sb-lyg")
    door.clock.advance(timedelta(seconds=61))
    answer = await phone.http.get(back)
    assert answer.status_code == 400
    assert "这次确认已经过时" in answer.text
    assert answer.headers["x-request-id"] in answer.text


async def test_a_link_preview_of_the_callback_leaves_the_login_to_the_customer(door: Entrance) -> None:
    phone = door.phone()
    sent = await phone.open("/enter?next=/lyg/loans")
    back = await door.super_app.face_check(sent.headers["location"])
    previewed = await phone.http.head(back)
    assert (previewed.status_code, previewed.content) == (200, b"")
    assert "set-cookie" not in previewed.headers
    assert location(await phone.http.get(back)) == "/lyg/loans"


async def test_a_callback_that_the_host_emptied_leads_to_a_new_login_for_the_same_page(
    door: Entrance,
) -> None:
    phone = door.phone()
    await phone.open("/enter?next=/lyg/loans")
    lost = await phone.http.post("/lyg/callback", headers={"Origin": H5APP})
    assert lost.status_code == 400
    assert "您填的没有送到" in lost.text
    assert 'href="/lyg/enter?next=%2Flyg%2Floans"' in lost.text


async def test_the_answer_of_a_host_that_posts_it_comes_in_by_the_get_that_carries_our_cookie(
    door: Entrance, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone, cross_site = door.phone(), door.phone()  # browsers send our cookie with no form of another site
    sent = await phone.open("/enter?next=/lyg/loans")
    back = await door.super_app.face_check(sent.headers["location"])
    form, headers = query_of(back), {"Origin": "http://127.0.0.1:8101", "Sec-Fetch-Site": "cross-site"}
    refused = await cross_site.http.post("/lyg/callback", data=form, headers=headers)
    assert refused.status_code == 403
    monkeypatch.setattr(OidcHost, "posts_answer", property(lambda _self: True))
    answer = await cross_site.http.post("/lyg/callback", data=form, headers=headers)
    assert answer.headers["location"] == back.removeprefix(H5APP)
    assert "set-cookie" not in answer.headers
    assert location(await phone.http.get(answer.headers["location"])) == "/lyg/loans"
    # Only the callback takes such a form.
    assert (await cross_site.http.post("/lyg/leave", data=form, headers=headers)).status_code == 403


async def test_an_old_tab_goes_on_where_it_wanted_in_a_browser_that_is_logged_in(door: Entrance) -> None:
    phone = door.phone()
    old = await phone.open("/enter?next=/lyg/loans")
    door.clock.advance(timedelta(seconds=door.services.settings.login_s + 1))
    await phone.log_in()
    session = phone.http.cookies["sb-lyg"]
    back = await door.super_app.face_check(old.headers["location"])
    assert location(await phone.http.get(back)) == "/lyg/loans"
    assert phone.http.cookies["sb-lyg"] == session


async def test_a_lost_first_cookie_ends_in_one_page_and_the_next_login_works(door: Entrance) -> None:
    phone = door.phone()
    sent = await phone.open("/enter?next=/lyg/loans")
    phone.http.cookies.clear()
    lost = await phone.pass_face(sent.headers["location"])
    assert (lost.status_code, "没有找到这次登录" in lost.text) == (400, True)
    assert location(await phone.log_in("/enter?next=/lyg/loans")) == "/lyg/loans"


async def test_a_browser_that_keeps_no_session_is_told_so_instead_of_going_round(door: Entrance) -> None:
    await door.phone().log_in()
    phone = door.phone()
    for _ in range(3):  # as a host that logs in silently would bring them
        assert location(await phone.log_in("/enter?next=/lyg/loans")) == "/lyg/loans"
        phone.http.cookies.delete("sb-lyg")
    stopped = await phone.open("/enter?next=/lyg/loans")
    assert (stopped.status_code, "登录没有保存下来" in stopped.text) == (400, True)
    door.clock.advance(timedelta(seconds=21))
    assert location(await phone.log_in("/enter?next=/lyg/loans")) == "/lyg/loans"


async def test_an_answer_that_comes_too_late_is_refused(door: Entrance) -> None:
    phone = door.phone()
    sent = await phone.open("/enter")
    back = await door.super_app.face_check(sent.headers["location"])
    door.clock.advance(timedelta(seconds=door.services.settings.login_s + 1))
    answer = await phone.http.get(back)
    assert answer.status_code == 400
    assert "这次确认已经过时" in answer.text


@pytest.mark.parametrize(("outcome", "words"), [("cancel", "您取消了刷脸"), ("fail", "刷脸没有通过")])
async def test_a_face_check_that_did_not_come_about_has_its_own_page(
    door: Entrance, outcome: str, words: str
) -> None:
    phone = door.phone()
    sent = await phone.open("/enter?next=/lyg/loans")
    answer = await phone.pass_face(sent.headers["location"], outcome)
    assert answer.status_code == 400
    assert words in answer.text
    assert "/lyg/enter?next=%2Flyg%2Floans" in answer.text
    assert "柜面" in answer.text
    assert "access_denied" not in answer.text
    assert "error_description" in sent_back(answer)
    assert sent_back(answer)["error_description"] not in answer.text


def sent_back(answer: httpx.Response) -> httpx.QueryParams:
    """Return the query with which the host redirected the customer to this page."""
    return answer.request.url.params


async def test_a_partner_that_misbehaves_logs_nobody_in(door: Entrance) -> None:
    await door.super_app.deviate("claims.nonce_wrong")
    answer = await door.phone().log_in()
    assert answer.status_code == 502
    assert "没有能确认您的身份" in answer.text


async def test_a_partner_that_is_silent_has_its_own_page(door: Entrance) -> None:
    door.super_app.transport.broken.add("/main/lyg/.well-known/openid-configuration")
    answer = await door.phone().open("/enter")
    assert answer.status_code == 503
    assert "暂时不能确认身份" in answer.text


async def test_a_bank_that_refuses_the_person_logs_nobody_in(door: Entrance) -> None:
    door.core.says("POST", "/customers", Problem(401, "identity.refused"))
    phone = door.phone()
    answer = await phone.log_in()
    assert answer.status_code == 502
    assert "sb-lyg" not in phone.http.cookies


async def test_every_login_makes_a_new_session_and_ends_the_one_before(door: Entrance) -> None:
    phone = door.phone()
    await phone.log_in()
    before = phone.http.cookies["sb-lyg"]
    await phone.log_in()
    assert phone.http.cookies["sb-lyg"] != before
    thief = door.phone()
    thief.http.cookies.set("sb-lyg", before)
    assert location(await thief.open("/")).startswith("/lyg/enter")


async def test_the_tile_logs_in_anew_so_that_another_user_of_the_app_never_sees_the_first(
    door: Entrance,
) -> None:
    phone = door.phone()
    await phone.log_in()
    door.core.says("POST", "/customers", OTHER)
    door.core.says("GET", "/customers/cu-2/overview", Problem(404, "x"))
    await phone.log_in(person="wu")
    await phone.open("/")
    assert door.core.calls[-1].path == "/customers/cu-2/overview"


async def test_elder_mode_comes_along_from_the_host(door: Entrance) -> None:
    phone = door.phone()
    await phone.log_in("/enter?ui=elder&lang=en")
    home = await phone.open("/")
    assert '<html lang="en" class="elder">' in home.text


async def test_what_a_person_chose_here_outlives_the_session(door: Entrance) -> None:
    phone = door.phone()
    await phone.log_in()
    display = await phone.open("/me/display")
    assert (await phone.send(display, lang="en", text_size="largest")).status_code == 303
    again = door.phone()
    await again.log_in("/enter?ui=elder")
    assert '<html lang="en" class="largest">' in (await again.open("/")).text


def _bytes_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob("h5app.sqlite*"))


async def test_no_secret_stands_readable_in_the_database(door: Entrance, tmp_path: Path) -> None:
    phone = door.phone()
    sent = await phone.open("/enter")
    await phone.pass_face(sent.headers["location"])
    stored = _bytes_of(tmp_path)
    assert phone.http.cookies["sb-lyg"].encode() not in stored
    assert query_of(sent.headers["location"])["state"].encode() not in stored
    assert phone.http.cookies["sb-lyg-way"].encode() not in stored
    evidence = await door.services.store.read(lambda conn: conn.execute(select(sessions.c.evidence)).scalar())
    sealed = await door.services.store.read(
        lambda conn: conn.execute(select(logins.c.code_verifier)).scalar()
    )
    secret = door.services.signing.unseal(str(sealed))
    assert door.services.signing.unseal(str(evidence)).startswith(f"{secret}\ney")
    assert secret.encode() not in stored
    assert b"\ney" not in stored


async def test_tokens_never_reach_the_browser(door: Entrance) -> None:
    phone = door.phone()
    answer = await phone.log_in()
    home = await phone.open("/")
    identified = door.core.sent("/customers")[0].body
    for response in (answer, home):
        for kept in (identified["statement"], identified["holder_secret"]):
            assert kept not in response.text + str(response.headers)


async def test_what_the_browser_carries_to_the_host_does_not_make_it_the_holder(door: Entrance) -> None:
    phone = door.phone()
    sent = await phone.open("/enter")
    await phone.pass_face(sent.headers["location"])
    secret, carried = (
        door.core.sent("/customers")[0].body["holder_secret"],
        query_of(sent.headers["location"]),
    )
    assert answers(carried["nonce"], secret)
    assert answers(carried["state"], secret)
    assert secret not in carried.values()


async def test_cookies_are_kept_from_scripts_and_other_sites(door: Entrance) -> None:
    answer = await door.phone().log_in()
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("sb-lyg=")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert "Max-Age" not in cookie


async def test_leaving_ends_the_session_for_good(door: Entrance) -> None:
    phone = door.phone()
    await phone.log_in()
    cookie = phone.http.cookies["sb-lyg"]
    left = await phone.send(await phone.open("/leave"))
    assert left.status_code == 200
    assert "已退出" in left.text
    phone.http.cookies.set("sb-lyg", cookie)
    gone = await phone.open("/")
    assert "李*英" not in gone.text
    assert 'href="/lyg/enter?next=%2Flyg%2F"' in gone.text
    row = await door.services.store.read(lambda conn: conn.execute(select(sessions.c.evidence)).scalar())
    assert row == ""


async def test_back_after_leaving_logs_nobody_in_without_being_asked(door: Entrance) -> None:
    phone = door.phone()
    await phone.log_in()
    left = await phone.send(await phone.open("/leave"))
    assert left.headers["clear-site-data"] == '"cache"'
    # Back, or another of our addresses: a host that logs in silently would show everything again.
    back = await phone.open("/loans")
    assert (back.status_code, "已退出" in back.text) == (200, True)
    assert 'href="/lyg/enter?next=%2Flyg%2Floans"' in back.text
    # The tile, and the page's own button, are asked for by the customer.
    assert location(await phone.log_in("/enter?next=/lyg/loans")) == "/lyg/loans"
    assert "sb-lyg-left" not in phone.http.cookies
    door.clock.advance(timedelta(minutes=16))
    lapsed = await phone.open("/loans")
    assert location(lapsed).startswith("/lyg/enter?next=")
    assert lapsed.headers["clear-site-data"] == '"cache"'


async def test_a_page_may_ask_whether_its_session_is_open_and_keeps_it_open_by_nothing(
    door: Entrance,
) -> None:
    phone, other = door.phone(), door.phone()
    await phone.log_in()
    asked = re.search(r'data-alive="([^"]+)"', (await phone.open("/me")).text)
    assert asked
    assert (await phone.http.get(asked[1])).status_code == 204
    assert (await other.http.get(asked[1])).status_code == 403
    await other.log_in()
    assert (await other.http.get(asked[1])).status_code == 403  # open, but not the page's own
    for _ in range(2):
        door.clock.advance(timedelta(minutes=10))
        answer = await phone.open(asked[1], **{"HX-Request": "true"})
    assert answer.status_code == 403


async def test_an_idle_session_ends(door: Entrance) -> None:
    phone = door.phone()
    await phone.log_in()
    for _ in range(3):
        door.clock.advance(timedelta(minutes=14))
        assert (await phone.open("/")).status_code == 200
    door.clock.advance(timedelta(minutes=15, seconds=1))
    assert location(await phone.open("/")).startswith("/lyg/enter")


async def test_a_busy_session_ends_too(door: Entrance) -> None:
    phone = door.phone()
    await phone.log_in()
    for _ in range(47):
        door.clock.advance(timedelta(minutes=10))
        assert (await phone.open("/")).status_code == 200
    door.clock.advance(timedelta(minutes=10))
    assert location(await phone.open("/")).startswith("/lyg/enter")


async def test_a_page_that_refreshes_itself_keeps_no_session_alive(door: Entrance) -> None:
    phone = door.phone()
    await phone.log_in()
    door.clock.advance(timedelta(minutes=14))
    await phone.open("/", **{"HX-Request": "true"})
    door.clock.advance(timedelta(minutes=2))
    gone = await phone.open("/", **{"HX-Request": "true"})
    assert gone.status_code == 204
    assert gone.headers["hx-redirect"].startswith("/lyg/enter")


async def test_looking_writes_nothing_but_the_last_use_of_the_session(door: Entrance) -> None:
    phone = door.phone()
    await phone.log_in()

    async def rows() -> list[Row[Any]]:
        return list(await door.services.store.read(lambda conn: conn.execute(select(sessions)).all()))

    [first] = await rows()
    door.clock.advance(timedelta(seconds=1))
    await phone.open("/")
    assert await rows() == [first]
    await door.services.uses.write()
    [then] = await rows()
    assert then._asdict() == first._asdict() | {"last_seen_at": door.clock.wall()}


@pytest.mark.parametrize(
    "games",
    [
        {"host": "evil.example"},
        {"host": "localhost:8000@evil.example"},
        {"x-forwarded-host": "evil.example"},
        {"forwarded": "host=evil.example"},
        {"x-forwarded-proto": "javascript"},
        {"x-original-url": "//evil.example"},
    ],
)
async def test_no_address_of_ours_follows_what_a_request_says_of_its_host(
    door: Entrance, games: dict[str, str]
) -> None:
    phone = door.phone()
    for path in ("/enter", "/me", "/", "/nowhere"):
        answer = await phone.open(path, **games)
        assert "evil.example" not in answer.text + str(dict(answer.headers)), path
    sent = await phone.open("/enter", **games)
    assert query_of(sent.headers["location"])["redirect_uri"] == f"{H5APP}/lyg/callback"
