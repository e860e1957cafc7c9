"""`/sdk/errors`: where each error's `docs` leads, in both languages, without scripts."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from h5app.sdk import routes
from tests.support.houses.site import Site, site

pytestmark = pytest.mark.anyio
TEXTS = json.loads((routes.RELEASES / routes.versions()[-1] / "texts.json").read_text("utf-8"))


@pytest.fixture
async def pages(tmp_path: Path) -> AsyncIterator[Site]:
    with site(tmp_path) as opened:
        yield opened


async def _open(pages: Site, **query: str) -> httpx.Response:
    http = (await pages.client()).http
    answer = await http.get("/sdk/errors", params=query)
    assert answer.status_code == 200
    return answer


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_every_code_reason_and_option_has_its_place_and_its_sentence(pages: Site, lang: str) -> None:
    page = (await _open(pages, lang=lang)).text
    shown, ids = unescape(page), re.findall(r'\bid="([\w.-]+)"', page)
    assert len(ids) == len(set(ids))
    assert f'<html lang="{"zh-CN" if lang == "zh" else "en"}"' in page
    for code, about in TEXTS["codes"].items():
        assert code in ids
        assert about["say"][lang] in shown
        assert about["mend"][lang].format(reason="frame-src", what=pages.base_url) in shown
        for reason, text in about["reasons"].items():
            assert f"reason-{reason}" in ids
            assert text[lang] in shown
    for option, text in TEXTS["options"].items():
        assert f"option-{option}" in ids
        assert text[lang] in shown
    assert "{" not in re.sub(r"<(style|script)[^>]*>.*?</\1>", "", page, flags=re.S)


async def test_it_changes_language_and_letters_and_keeps_the_other(pages: Site) -> None:
    page = (await _open(pages, lang="en", ui="elder")).text
    assert re.search(r"<html[^>]* class=\"elder\"", page)
    assert unescape(page).count("/sdk/errors?lang=zh&ui=elder") == 1
    assert unescape(page).count("/sdk/errors?lang=en&ui=standard") == 1
    plain = (await _open(pages, lang="xx", ui="huge")).text
    assert 'lang="zh-CN"' in plain
    assert "class=" not in plain.partition(">")[2].partition(">")[0]


async def test_it_sets_no_cookie_and_no_page_may_frame_it(pages: Site) -> None:
    answer = await _open(pages)
    assert "set-cookie" not in answer.headers
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_what_a_query_has_beside_what_we_know_is_not_given_back(pages: Site) -> None:
    http = (await pages.client()).http
    plain = (await http.get("/sdk/errors")).text
    for hostile in ("<script>alert(1)</script>", "\u202eabc", "长" * 500, "%ED%A0%80"):
        answer = await http.get("/sdk/errors", params={"lang": hostile, "ui": hostile, "other": hostile})
        assert answer.status_code == 200
        assert _without_nonce(answer.text) == _without_nonce(plain)


def _without_nonce(page: str) -> str:
    return re.sub(r'nonce="[^"]*"', "", page)
