"""A customer's copy of everything: a file to read and one for machines, of the customer alone, by a one-time link."""

from __future__ import annotations

import json
import re

import httpx
import pytest

from h5app.page import TEXTS
from partner_adapters.core_bank.customer_data import CustomerData
from tests.support.houses.site import Site, Visitor
from tests.support.pages import samples
from tests.support.pages.scripts import everything
from tests.support.people.stated import stated_by_sources

pytestmark = pytest.mark.anyio
# What would make the file load or run something.
LOADS = re.compile(r"<(script|link|img|iframe|form)\b|\bsrc=|@import|url\(")


async def file(visitor: Visitor, document: str, path: str = "/me/data") -> httpx.Response:
    answer = await visitor.send(await visitor.get(path), document=document)
    assert answer.status_code == 303, answer.text
    manager = httpx.AsyncClient(transport=visitor.http._transport, base_url=visitor.origin)
    return await manager.get(answer.headers["location"])


async def test_a_copy_is_a_file_to_read_and_one_for_machines(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    read = await file(visitor, "own_data")
    assert read.headers["content-type"] == "text/html; charset=utf-8"
    assert not LOADS.search(read.text)
    for said in (
        "旧村1号",
        "信用贷款余额（元）</dt><dd>1,234.50",
        "made_up_by_a_source</dt><dd>7",
        "这里只有最近的一部分",
        "刷脸，银行不存脸的照片",
        "反洗钱",
        "由电脑决定",
        "对不起",
    ):
        assert said in read.text, said
    machine = await file(visitor, "own_data_json")
    assert machine.headers["content-type"] == "application/json"
    assert ".json" in machine.headers["content-disposition"]
    content = json.loads(machine.content)
    held = CustomerData.model_validate_json(json.dumps(content["held_by_bank"]))
    assert held == samples.customer_data()
    assert (len(content["logins"]), content["waiting_forms"]) == (1, 0)


def test_whatever_a_source_may_state_has_a_name_in_both_languages() -> None:
    names, words = stated_by_sources()
    codes = {f"fact.{name}" for name in names} | {f"fact_value.{word}" for word in words}
    for lang in TEXTS.languages:
        texts = TEXTS.translations(lang)
        assert not {code for code in codes if texts.gettext(code) == code}, lang


async def test_a_copy_tells_what_sources_stated_in_words(pages: Site) -> None:
    everything(pages.core)
    held = samples.customer_data()
    facts = {
        "kind": "individual",
        "raised": True,
        "kinds": ["gambling", "lost_contact"],
        "product_code": "sunshine_e_micro",
        "visited_on": "2026-09-25",
        "business_name": "2026-99-99",
        "overdue_history": [{"month": "2026-03", "months_late": 2}],
    }
    answers = [held.answers[0].model_copy(update={"facts": facts})]
    pages.core.says("GET", "/customers/cu-1/data", held.model_copy(update={"answers": answers}))
    read = (await file(await pages.client(), "own_data")).text
    for said in (
        "类型</dt><dd>个体工商户<",
        "有没有解除的预警</dt><dd>是<",
        "预警的种类</dt><dd>赌博、联系不上<",
        "名单上的产品</dt><dd>阳光E贷-小微经营贷<",
        "走访日</dt><dd>2026年9月25日<",
        "名称</dt><dd>2026-99-99<",
        "逾期的月份</dt><dd>月份 2026-03 逾期的期数 2<",
    ):
        assert said in read, said
