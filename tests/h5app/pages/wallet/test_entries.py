"""明细: the search stands in the address, the months are a chart and a table, and the number is shown when asked."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from partner_adapters.core_bank.accounts import EntryPage
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.site import Site
from tests.support.pages import samples
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio
ENTRIES = "/accounts/ac-1/entries"


def asked(pages: Site) -> dict[str, str]:
    """The conditions of the latest question to the bank."""
    return dict(parse_qsl([call for call in pages.core.calls if call.path == ENTRIES][-1].query))


@pytest.mark.parametrize(
    ("query", "conditions"),
    [
        ("", {}),
        ("counterparty=%20银行%20&kind=&direction=", {"counterparty": "银行"}),
        ("amount=１万", {"least": "10000.00", "most": "10000.00"}),
        ("least=100元&most=1千5百", {"least": "100.00", "most": "1500.00"}),
        ("kind=top_up&direction=out", {"kind": "top_up", "direction": "out"}),
        ("kind=x&direction=x&other=1", {}),
        ("first=2026.11.1&last=20261130", {"first": "2026-11-01", "last": "2026-11-30"}),
    ],
)
async def test_what_people_type_becomes_the_banks_search(
    pages: Site, query: str, conditions: dict[str, str]
) -> None:
    everything(pages.core)
    page = await (await pages.client()).get(f"/entries?{query}")
    assert page.status_code == 200
    assert asked(pages) == {"limit": "20", **conditions}
    # Older entries and months are of the same search.
    assert 'href="/lyg/entries?' in page.text
    older = re.findall(r'href="([^"]+cursor=7)"', page.text)
    assert older
    await (await pages.client()).http.get(older[0].replace("&amp;", "&"))
    assert asked(pages) == {"limit": "20", "cursor": "7", **conditions}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("amount=x", "金额请写成数字"),
        ("least=5&most=4", "最多的金额应不小于最少的金额"),
        ("first=20261102&last=20261101", "到哪天应不早于从哪天"),
        ("last=长期", "日期请写成八位数字"),
    ],
)
async def test_what_cannot_be_read_is_said_at_its_field_and_the_bank_is_not_asked(
    pages: Site, query: str, said: str
) -> None:
    everything(pages.core)
    page = await (await pages.client()).get(f"/entries?{query}")
    assert page.status_code == 422
    assert said in page.text
    assert '<details class="sheet" open>' in page.text
    assert not [call for call in pages.core.calls if call.path == ENTRIES]


async def test_an_empty_search_says_so_and_how_to_widen_it(pages: Site) -> None:
    everything(pages.core)
    nothing = samples.found_entries(entries=0, in_fen=0, out_fen=0, months=[])
    pages.core.says("GET", ENTRIES, EntryPage(items=[], found=nothing))
    visitor = await pages.client()
    page = (await visitor.get("/entries?counterparty=<b>&most=5")).text
    for said in (
        "没有符合条件的收支",
        "把金额或日期放宽",
        "对方有“&lt;b&gt;”",
        "最多 ¥5.00",
        "不查了，看全部明细",
    ):
        assert said in page, said
    assert "还没有收支" in (await visitor.get("/entries")).text


async def test_the_table_says_every_figure_of_the_chart(pages: Site) -> None:
    everything(pages.core)
    page = (await (await pages.client()).get("/entries?kind=drawdown")).text
    chart = page[page.index('<svg class="chart"') : page.index("</svg>", page.index('<svg class="chart"'))]
    assert len(re.findall("<rect", chart)) == 2 * 3
    table = page[page.index('每月的收入和支出"') : page.index("</table>")]
    rows = re.findall(r'<tr role="row">(.*?)</tr>', table, re.S)[1:]
    said = [re.sub("<[^>]+>", " ", row) for row in rows]
    assert re.split(r"\s{2,}", said[0].strip()) == [
        "2026年11月",
        "2 笔收支",
        "收入 ¥20,000.00",
        "支出 ¥1,714.67",
    ]
    assert "收入 ¥0.00" in said[2]
    month = re.findall(r'href="([^"]+)"', rows[2])[0].replace("&amp;", "&")
    assert dict(parse_qsl(urlsplit(month).query)) == {
        "kind": "drawdown", "first": "2026-09-01", "last": "2026-09-30",
    }  # fmt: skip


async def test_an_entry_is_whole_also_where_its_order_cannot_be_read(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    page = (await visitor.get("/entries/en-1")).text
    for said in ("¥20,000.00", "贰万元整", "3F7K-21", "¥20,100.00", "这一笔是怎么办的", "下载回单（PDF）"):
        assert said in page, said
    pages.core.says("GET", "/orders/in-1", Problem(503, "away"))
    page = await visitor.get("/entries/en-1")
    assert (page.status_code, "这一笔是怎么办的</h2>" in page.text) == (200, False)


async def test_a_fee_is_called_what_its_product_calls_it(pages: Site) -> None:
    everything(pages.core)
    taken = samples.entry_of_fee()
    page = EntryPage(items=[taken], found=samples.found_entries())
    pages.core.says("GET", ENTRIES, page)
    pages.core.says("GET", f"{ENTRIES}/en-1", taken)
    visitor = await pages.client()
    assert ">放款服务费<small>" in (await visitor.get("/entries")).text
    assert "<h1>放款服务费</h1>" in (await visitor.get("/entries/en-1")).text
    # Without the name, such as of a withdrawal's fee, the kind is one.
    pages.core.says("GET", f"{ENTRIES}/en-1", taken.model_copy(update={"fee_name": None}))
    assert "<h1>借款手续费</h1>" in (await visitor.get("/entries/en-1")).text
