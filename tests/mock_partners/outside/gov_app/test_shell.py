"""The host's own pages: choice of the user, the tile of our service, text messages, and security headers."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.support.houses.gov_app import BASE, LI, WU, SuperApp, attempt, callback_query, super_app

pytestmark = pytest.mark.anyio
HOME = f"{BASE}/lyg/"


def answer_with_messages(request: httpx.Request) -> httpx.Response:
    """Play the messages party: three messages for LI, none for WU."""
    assert request.url.params["phone"] in ("19900000001", "19900000008")
    texts = ["第三条", "第二条 <b>&amp;", "第一条"] if request.url.params["phone"].endswith("1") else []
    items = [
        {
            "message_id": str(number),
            "phone": "19900000001",
            "text": text,
            "kind": "test",
            "sent_at": "2026-11-24T01:02:03Z",
        }
        for number, text in enumerate(texts)
    ]
    return httpx.Response(200, json={"items": items})


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[SuperApp]:
    async with super_app(tmp_path, httpx.MockTransport(answer_with_messages)) as running:
        yield running


async def choose_user(app: SuperApp, person: str) -> httpx.Response:
    """Choose this user of lyg and return its home page."""
    chosen = await app.browser.post(f"{BASE}/lyg/me/person", data={"person": person})
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/main/lyg/")
    return await app.browser.get(HOME)


async def test_home_redirects_to_the_choice_of_user(app: SuperApp) -> None:
    answer = await app.browser.get(HOME)
    assert (answer.status_code, answer.headers["location"]) == (303, "/main/lyg/me")
    page = (await app.browser.get(f"{BASE}/lyg/me")).text
    assert "李秀英" in page
    assert "吴桂兰" in page


async def test_me_shows_the_numbers_of_the_chosen_user_only(app: SuperApp) -> None:
    before = (await app.browser.get(f"{BASE}/lyg/me")).text
    assert not re.search("[0-9]{11}", before)
    await choose_user(app, "li")
    page = (await app.browser.get(f"{BASE}/lyg/me")).text
    for number in (LI.id_number, LI.card_number, LI.phone):
        assert page.count(number) == 1
    assert WU.phone not in page


async def test_me_links_to_the_other_hosts(app: SuperApp) -> None:
    page = (await app.browser.get(f"{BASE}/lyg/me")).text
    others = re.findall('<li><a href="([^"]*)">([^<]*)</a></li>', page)
    assert ("/main/haian/", "我的海安") in others
    assert "/main/lyg/" not in dict(others)
    for address, name in others:
        assert name in (await app.browser.get(f"http://127.0.0.1:8101{address}me")).text


async def test_the_tile_opens_our_page_and_only_ours(app: SuperApp) -> None:
    page = (await choose_user(app, "li")).text
    tiles = re.findall(r'<a class="tile[^"]*" href="([^"]*)">.*?企业周转贷', page, re.DOTALL)
    assert tiles == ["http://localhost:8000/lyg/enter"]
    assert page.count('<span class="sign">') == 8
    assert "李*英的手机" in page


async def test_the_tile_passes_elder_mode_to_the_service(app: SuperApp) -> None:
    assert "http://localhost:8000/lyg/enter?ui=elder" in (await choose_user(app, "wu")).text
    await app.browser.post(f"{BASE}/lyg/me/display", data={"elder": "off"})
    assert "ui=elder" not in (await app.browser.get(HOME)).text
    await app.browser.post(f"{BASE}/lyg/me/display", data={"elder": "on"})
    page = (await app.browser.get(HOME)).text
    assert '<html lang="zh-CN" class="elder">' in page
    assert "enter?ui=elder" in page


async def test_the_face_check_shows_the_user_and_the_requesting_client(app: SuperApp) -> None:
    await choose_user(app, "wu")
    page = (await app.browser.get((await app.relying_party().start(attempt("lyg", fresh=True))).url)).text
    assert "吴*兰" in page
    assert "示例农村商业银行需要核验是您本人" in page
    assert "核验的结果和您的姓名、身份证号、手机号告诉它" in page
    assert 'value="wu" checked' in page


async def test_passing_the_face_check_as_another_user_logs_that_user_in(app: SuperApp) -> None:
    await choose_user(app, "wu")
    party, login_attempt = app.relying_party(), attempt("lyg")
    location = await app.face_check((await party.start(replace(login_attempt, fresh=True))).url, person="li")
    login = await party.finish(callback_query(location, login_attempt), login_attempt, max_age_s=60)
    assert login.identity.person.name == "李秀英"
    assert "李*英的手机" in (await app.browser.get(HOME)).text


async def test_text_messages_are_shown_as_text_newest_first(app: SuperApp) -> None:
    home = (await choose_user(app, "li")).text
    assert "第三条" in home
    assert "第一条" not in home
    page = (await app.browser.get(f"{BASE}/lyg/messages")).text
    assert "第二条 &lt;b&gt;&amp;amp;" in page
    assert page.index("第三条") < page.index("第一条")
    assert "11月24日 09:02" in page


async def test_an_empty_inbox_and_an_unavailable_messages_party_look_different(
    app: SuperApp, tmp_path: Path
) -> None:
    assert "还没有短信" in (await choose_user(app, "wu")).text
    (tmp_path / "silent").mkdir()
    async with super_app(tmp_path / "silent") as silent:
        page = await choose_user(silent, "wu")
        assert page.status_code == 200
        assert "短信暂时打不开" in page.text


async def load_pages(app: SuperApp) -> list[httpx.Response]:
    """Return home, messages, /me, the face check and an error page, in this order."""
    await choose_user(app, "li")
    face = (await app.relying_party().start(attempt("lyg", fresh=True))).url
    paths = [HOME, f"{BASE}/lyg/messages", f"{BASE}/lyg/me", face, f"{BASE}/lyg/authorize"]
    return [await app.browser.get(path) for path in paths]


async def test_no_page_has_inline_script_or_style_and_its_policy_forbids_them(app: SuperApp) -> None:
    for answer in await load_pages(app):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        framers = "'self'" if "camera" in answer.text else "'none'"
        assert f"frame-ancestors {framers}" in policy
        assert "unsafe-inline" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert not re.search(r"<script|<style|\son[a-z]+=|\sstyle=|javascript:", answer.text)


async def test_the_face_checks_form_may_redirect_to_the_client(app: SuperApp) -> None:
    face = (await load_pages(app))[3]
    assert "form-action 'self' http://localhost:8000" in face.headers["content-security-policy"]


async def test_colours_come_from_the_hosts_own_style_sheet(app: SuperApp) -> None:
    sheets = []
    for host in ("lyg", "haian"):
        page = (await app.browser.get(f"{BASE}/{host}/me")).text
        style = re.search(r'<link rel="stylesheet" href="([^"]+)"', page)
        assert style is not None
        sheets.append(await app.browser.get(f"http://127.0.0.1:8101{style[1]}"))
    assert all(sheet.headers["content-type"].startswith("text/css") for sheet in sheets)
    colours = [re.findall(r":root { --host: (#\w+)", sheet.text) for sheet in sheets]
    assert [len(found) for found in colours] == [1, 1]
    assert colours[0] != colours[1]


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://localhost:8000"},
        {"Origin": "null"},
    ],
)
@pytest.mark.parametrize("path", ["/lyg/me/person", "/lyg/me/display", "/lyg/authorize", "/_deviate"])
async def test_a_form_posted_from_another_origin_is_refused(
    app: SuperApp, path: str, headers: dict[str, str]
) -> None:
    answer = await app.browser.post(BASE + path, data={"person": "wu", "elder": "on"}, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_a_user_of_another_host_cannot_be_chosen(app: SuperApp) -> None:
    answer = await app.browser.post(f"{BASE}/lyg/me/person", data={"person": "wang"})
    assert answer.status_code == 400
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("cookie", ["wang.1.standard", "li", "li.x.elder", "li.99999999999999.elder", "..."])
async def test_a_malformed_cookie_is_ignored(app: SuperApp, cookie: str) -> None:
    answer = await app.browser.get(HOME, headers={"Cookie": f"phone={cookie}"})
    assert answer.status_code == 303


@pytest.mark.parametrize("path", ["/lyg", "/lyg/me/", "/zj"])
async def test_no_address_redirects_to_the_host_that_the_caller_named(app: SuperApp, path: str) -> None:
    answer = await app.browser.get(BASE + path, headers={"Host": "evil.example"})
    assert "evil.example" not in answer.headers.get("location", "")
