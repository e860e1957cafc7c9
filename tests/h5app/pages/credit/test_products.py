"""Every page shows what the bank answered, in both languages, to its own customer only."""

import pytest

from partner_adapters.core_bank.products import ProductList
from tests.support.houses.site import Site
from tests.support.pages import samples
from tests.support.pages.scripts import BANKING_PAGES, CREDIT_PAGES, everything


@pytest.mark.anyio
@pytest.mark.parametrize("path", [*BANKING_PAGES, *CREDIT_PAGES])
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_every_page_stands(pages: Site, path: str, lang: str) -> None:
    everything(pages.core)
    visitor = await pages.client(lang=lang)
    page = await visitor.get(path)
    assert page.status_code == 200, page.text
    assert page.text.count("<h1") == 1
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.anyio
async def test_a_visitor_reads_what_each_product_requires_and_is_asked_for_nothing(pages: Site) -> None:
    everything(pages.core)
    pages.core.says("GET", "/products", ProductList(items=samples.several_products()))
    visitor = await pages.client()
    customers = (await visitor.get("/credit")).text
    visitor.http.cookies.clear()
    page = (await visitor.get("/credit")).text
    for said in (
        "个人、个体工商户",
        "到税务局的网页上授权一次",
        "上传营业执照照片",
        "想借不超过 300,000 元，通常一分钟内有结果；更多的由工作人员看，3 个工作日内答复",
        "申请要您的授权",
    ):
        assert said in page, said
        assert said in customers, said
    assert page.count("确认身份后申请") == 2  # neither the company's product nor the mortgage
    assert "请企业的负责人带营业执照到柜面" in page
    assert [
        call.path for call in pages.core.calls if "cu-1" in call.path and "overview" not in call.path
    ] == []
