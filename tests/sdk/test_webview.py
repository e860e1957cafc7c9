"""`/sdk/webview`: what a web view lacks, and the line that mends it, for makers of apps."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from h5app.sdk.webview import FIELD, LINES, SENT
from tests.support.houses.site import Site, site

DOCS = Path(__file__).parents[2] / "docs" / "partners"
PATH = "/sdk/webview"
AGENTS = {
    "android": "Mozilla/5.0 (Linux; Android 8.1; phone; wv) AppleWebKit/537.36 Chrome/64.0 Mobile Safari/537.36",
    "ios": "Mozilla/5.0 (iPhone; CPU iPhone OS 16_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "harmony": "Mozilla/5.0 (Phone; OpenHarmony 5.0) AppleWebKit/537.36 Chrome/114.0 ArkWeb/4.1 Mobile",
}


@pytest.fixture
async def pages(tmp_path: Path) -> AsyncIterator[Site]:
    with site(tmp_path) as opened:
        yield opened


def visitor(pages: Site, agent: str = "") -> httpx.AsyncClient:
    """A web view that has no session. It sends what a form of our page sends."""
    headers = {"User-Agent": agent, "Origin": pages.base_url}
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(pages.app), base_url=pages.base_url, headers=headers
    )


def states(page: httpx.Response) -> dict[str, str]:
    return dict(re.findall(r'data-check="(\w+)" data-state="(\w+)"', page.text))


@pytest.mark.anyio
async def test_a_cookie_and_a_form_that_arrive_are_said_to_work(pages: Site) -> None:
    async with visitor(pages) as http:
        first = await http.get(PATH)
        assert states(first) == {}
        said = states(await http.post(PATH, data={FIELD: SENT}))
    assert (said["cookies"], said["post"], said["storage"]) == ("ok", "ok", "untried")
    assert "HttpOnly" in first.headers["set-cookie"]
    assert f"Path={PATH}" in first.headers["set-cookie"]


@pytest.mark.anyio
@pytest.mark.parametrize("system", AGENTS)
async def test_a_lost_cookie_and_a_lost_form_show_this_systems_lines(pages: Site, system: str) -> None:
    async with visitor(pages, AGENTS[system]) as http:
        page = await http.post(PATH)
    said = states(page)
    assert (said["cookies"], said["post"]) == ("missing", "missing")
    shown = {unescape(line) for line in re.findall(r"<code>(.*?)</code>", page.text, re.S)}
    assert shown == {lines[system] for lines in LINES.values() if system in lines}  # type: ignore[index]


@pytest.mark.anyio
async def test_it_changes_language_and_letters_and_keeps_the_other_also_through_the_form(pages: Site) -> None:
    async with visitor(pages) as http:
        page = await http.get(PATH, params={"lang": "en", "ui": "elder"})
        assert re.search(r"<html[^>]* class=\"elder\"", page.text)
        (action,) = re.findall(r'<form method="post" action="([^"]+)"', page.text)
        tried = await http.post(unescape(action), data={FIELD: SENT})
        for shown in (page.text, tried.text):
            assert unescape(shown).count(f"{PATH}?lang=zh&ui=elder") == 1
            assert unescape(shown).count(f"{PATH}?lang=en&ui=standard") == 1
        assert re.search(r"<html[^>]* class=\"elder\"", tried.text)
        plain = (await http.get(PATH, params={"lang": "xx", "ui": "huge"})).text
    assert "class=" not in plain.partition(">")[2].partition(">")[0]


@pytest.mark.anyio
async def test_it_sets_no_other_cookie_and_is_framed_by_no_page(pages: Site) -> None:
    async with visitor(pages) as http:
        for lang in ("zh", "en"):
            page = await http.get(PATH, params={"lang": lang})
            assert f'<html lang="{"zh-CN" if lang == "zh" else lang}"' in page.text
            assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
            assert len(page.headers.get_list("set-cookie")) == 1
        assert (await http.get(f"{PATH}/file")).headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize("name", ["native-apps.md", "native-apps.zh-CN.md"])
def test_each_line_stands_in_the_docs_in_the_part_of_its_system(name: str) -> None:
    parts = re.split(r"^## ", (DOCS / name).read_text("utf-8"), flags=re.M)
    titles = {"android": "Android", "ios": "iOS", "harmony": "HarmonyOS"}
    for system, title in titles.items():
        (part,) = [part for part in parts if part.startswith(title)]
        lacks = [lines[system] for lines in LINES.values() if lines.get(system, "") not in part]  # type: ignore[call-overload,index]
        assert lacks == []
