"""Who the bank is, which partner this is, and the dated list of all partners: open to all, and linked at the foot."""

from __future__ import annotations

import re

import pytest

from tests.support.houses.site import Site
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio


async def _as_visitor(pages: Site, path: str) -> str:
    visitor = await pages.client()
    visitor.http.cookies.clear()
    answer = await visitor.get(path)
    assert answer.status_code == 200
    return re.sub(r"<[^>]+>", "", answer.text)


async def test_a_visitor_reads_bank_licence_partner_and_list(pages: Site) -> None:
    text = await _as_visitor(pages, "/about")
    assert "江苏海州湾农村商业银行股份有限公司" in text
    assert "B0000H232070001" in text
    assert "演示用的编号，不是真的许可证" in text
    assert "0518-8550 1234" in text
    assert "示例数据有限公司" in text
    assert "这是2026年11月2日的名单，一共 1 家。" in text
    assert "2026年3月2日起" in text
    assert pages.core.calls == []


async def test_the_page_stands_in_english_too(pages: Site) -> None:
    text = await _as_visitor(pages, "/about?lang=en")
    assert "Jiangsu Haizhou Bay Rural Commercial Bank Co., Ltd." in text
    assert not re.search("[一-鿿]", text.replace("中文", "")), text


@pytest.mark.parametrize("path", ["/me/help", "/me"])
async def test_the_foot_of_every_page_leads_there(pages: Site, path: str) -> None:
    page = (await (await pages.client()).get(path)).text
    assert '<a href="/lyg/about">银行和合作方</a>' in page


@pytest.mark.parametrize("path", ["/about", "/me/help", "/credit/calculator"])
async def test_no_link_back_asks_a_guest_to_log_in(pages: Site, path: str) -> None:
    everything(pages.core)
    visitor = await pages.client()
    assert "‹ 返回" in (await visitor.get(path)).text
    visitor.http.cookies.clear()
    assert "‹ 返回" not in (await visitor.get(path)).text
