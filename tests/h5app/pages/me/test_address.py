"""`/me/address`: the address in full for its owner, to correct, and what becomes of contracts."""

from __future__ import annotations

import pytest

from tests.support.houses.site import Site
from tests.support.pages import samples
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio
ADDRESS = "/customers/cu-1/address"
MOVED = "江苏省连云港市东海县石湖乡示例村5组2号"


async def test_the_known_address_is_prefilled_and_the_new_one_goes_to_the_bank_once(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    assert 'href="/lyg/me/address"' in (await visitor.get("/me/data")).text
    page = await visitor.get("/me/address")
    assert 'value="江苏省连云港市东海县石湖乡示例村3组18号"' in page.text
    assert "等您签的合同会按新住址重新准备" in page.text
    for _ in range(2):
        answer = await visitor.send(page, address=f" {MOVED} ")
        assert answer.headers["location"] == "/lyg/me/address?saved=yes"
    sent = pages.core.sent(ADDRESS)
    assert [each.body for each in sent] == [{"address": MOVED}] * 2
    assert len({each.intent for each in sent}) == 1
    await visitor.send(page, address=f"{MOVED}之一")
    assert len({each.intent for each in pages.core.sent(ADDRESS)}) == 2
    pages.core.says("GET", ADDRESS, samples.address(MOVED))
    assert f"银行现在记的住址：{MOVED}" in (await visitor.get("/me/address?saved=yes")).text


async def test_an_address_that_is_too_short_is_said_beside_its_field(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    answer = await visitor.send(await visitor.get("/me/address"), address="东海")
    assert answer.status_code == 422
    assert 'value="东海"' in answer.text
    assert pages.core.sent(ADDRESS) == []


async def test_without_an_account_the_page_leads_to_opening_one(pages: Site) -> None:
    everything(pages.core)
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(account=None))
    answer = await (await pages.client()).get("/me/address")
    assert answer.headers["location"] == "/lyg/account"
