"""Signing: the document, the cost table read for its time as the server measures it, the tick, a fresh face."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from partner_adapters.kit.values.problems import Problem
from tests.support.houses.site import Site
from tests.support.pages import samples
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio
COSTS = "/contracts/ct-1/costs"
SIGN = "/contracts/ct-1/signatures"
SIGNED = samples.order("contract_signing", state="processing")


async def test_signing_names_what_was_read_and_for_how_long(pages: Site) -> None:
    everything(pages.core)
    pages.core.says("POST", SIGN, SIGNED)
    visitor = await pages.client()
    page = await visitor.get(COSTS)
    pages.clock.advance(timedelta(seconds=17))
    answer = await visitor.send(page, read="yes")
    (sent,) = pages.core.sent(SIGN)
    assert sent.body == {
        "document_sha256": samples.SHA,
        "cost_table_sha256": samples.contract().cost_table.sha256,
        "read_seconds": 17,
        "evidence": {"statement": "an.id.token-of-the-partner", "holder_secret": "s" * 43},
    }
    assert answer.headers["location"] == f"/lyg/orders/{sent.intent}"


async def test_too_early_says_how_many_seconds_are_left_and_keeps_tick_and_time(pages: Site) -> None:
    everything(pages.core)
    pages.core.says("POST", SIGN, SIGNED)
    visitor = await pages.client()
    page = await visitor.get(COSTS)
    pages.clock.advance(timedelta(seconds=4))
    early = await visitor.send(page, read="yes")
    assert early.status_code == 422
    assert "再等 6 秒" in early.text
    assert 'value="yes" checked' in early.text
    assert 'data-wait="6"' in early.text
    assert not pages.core.sent(SIGN)
    pages.clock.advance(timedelta(seconds=6))
    assert (await visitor.send(early, read="yes")).status_code == 303
    assert pages.core.sent(SIGN)[0].body["read_seconds"] == 10


async def test_without_the_tick_nothing_is_signed(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    page = await visitor.get(COSTS)
    pages.clock.advance(timedelta(seconds=30))
    page = await visitor.send(page)
    assert page.status_code == 422
    assert "请在看完后打勾确认" in page.text
    assert not pages.core.sent(SIGN)


async def test_the_table_shows_every_cost_and_who_gets_it(pages: Site) -> None:
    everything(pages.core)
    page = (await (await pages.client()).get(COSTS)).text
    for said in (
        "年化 5.20%",
        "提前还款违约金",
        "逾期部分年化 7.80%",
        "海州湾农村商业银行",
        "不收其他任何费用",
    ):
        assert said in page
    assert " checked" not in page


async def test_the_table_shows_the_fee_of_a_draw(pages: Site) -> None:
    everything(pages.core)
    pages.core.says("GET", "/contracts/ct-1", samples.contract_with_fee())
    page = (await (await pages.client()).get("/contracts/ct-1/costs")).text
    for said in (
        "放款服务费",
        "每笔借款金额的 1.00%，另加 10.00 元",
        "提前还款不退",
        "例子里放款时收的 110 元费用已经算进年化利率。",
        "年化综合成本（单利，下面例子的最高）</dt>",
        "每次借之前，都会先写明那一笔的年化利率。",
    ):
        assert said in page, said
    assert "（单利，最高）" not in page


async def test_with_a_fee_the_contract_names_the_example_of_its_annual_rate(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    highest = "年化利率（单利，最高）</dt><dd>"
    assert highest in (await visitor.get("/contracts/ct-1")).text
    pages.core.says("GET", "/contracts/ct-1", samples.contract_with_fee())
    page = (await visitor.get("/contracts/ct-1")).text
    assert highest not in page
    example = "（借 10,000 元 12 个月的例子，借得少或借得短可能更高）"
    assert f"年化利率（单利）</dt><dd>7.28% 到 7.35%{example}" in page
    assert "这笔费用只收一次" in page


async def test_a_face_seen_too_long_ago_is_seen_again_and_the_reading_time_is_kept(pages: Site) -> None:
    everything(pages.core)
    pages.core.says("POST", SIGN, SIGNED)
    visitor = await pages.client(seen_ago=timedelta(minutes=10))
    page = await visitor.get(COSTS)
    assert "要刷脸确认是您本人" in page.text
    pages.clock.advance(timedelta(seconds=12))
    away = await visitor.send(page, read="yes")
    where = urlsplit(away.headers["location"])
    assert where.path == "/lyg/face"
    assert not pages.core.sent(SIGN)
    back = parse_qs(where.query)["next"][0].removeprefix("/lyg")
    pages.clock.advance(timedelta(seconds=20))
    page = await visitor.get(back)
    assert 'value="yes" checked' in page.text
    assert "data-wait=" not in page.text


async def test_the_banks_own_wish_for_a_fresher_face_is_followed(pages: Site) -> None:
    everything(pages.core)
    pages.core.says("POST", SIGN, Problem(401, "step_up.required"))
    visitor = await pages.client()
    page = await visitor.get(COSTS)
    pages.clock.advance(timedelta(seconds=12))
    away = await visitor.send(page, read="yes")
    assert urlsplit(away.headers["location"]).path == "/lyg/face"


async def test_another_document_than_the_one_read_is_never_signed(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    page = await visitor.get(COSTS)
    pages.clock.advance(timedelta(seconds=30))
    pages.core.says("GET", "/contracts/ct-1", samples.contract(document_sha256="ef" * 32))
    answer = await visitor.send(page, read="yes")
    assert answer.headers["location"] == "/lyg/contracts/ct-1"
    assert not pages.core.sent(SIGN)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("preparing", "银行正在准备合同"),
        ("ready", "请先看合同"),
        ("signing", "正在签署合同"),
        ("signed", "合同已经签好"),
        ("void", "这份合同已经作废"),
    ],
)
async def test_each_state_has_its_own_page(pages: Site, state: str, said: str) -> None:
    everything(pages.core)
    certificate = samples.certificate() if state == "signed" else None
    contract = samples.contract(state=state, signed_at=samples.NOW, certificate=certificate)
    pages.core.says("GET", "/contracts/ct-1", contract)
    visitor = await pages.client()
    page = (await visitor.get("/contracts/ct-1")).text
    assert said in page
    assert ("作废的合同里写的" in page) == (state == "void")
    costs = await visitor.get(COSTS)
    assert costs.status_code == (200 if state == "ready" else 303)


async def test_the_document_opens_in_the_browser(pages: Site) -> None:
    everything(pages.core)
    answer = await (await pages.client()).get("/contracts/ct-1/document")
    assert answer.content == b"%PDF-1.7 nothing"
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == 'inline; filename="HZW-2026-0017.pdf"'
    assert answer.headers["cache-control"] == "no-store"


async def test_who_cannot_open_a_pdf_reads_the_main_points(pages: Site) -> None:
    everything(pages.core)
    pages.core.says("GET", "/contracts/ct-1/text", Problem(404, "contract.text_unknown"))
    page = (await (await pages.client()).get("/contracts/ct-1")).text
    for said in ("最高可借", "¥80,000.00", "您的义务", "没有按时还会怎样", "逾期部分年化 7.80%"):
        assert said in page


@pytest.mark.parametrize(
    ("known", "said", "button"),
    [
        ({"lines": [samples.line()]}, "现在还没有借款，用的时候才算利息", "/lines/ln-1"),
        (
            {"lines": [samples.line()], "loans": [samples.loan_summary()]},
            "还没还清，还没还的本金 15,000 元",
            "/lines/ln-1",
        ),
        (
            {"lines": [samples.line()], "loans": [samples.loan_summary(state="settled")]},
            "用这份合同借的都还清了",
            "/lines/ln-1",
        ),
        (
            {"lines": [samples.line()], "loans": [samples.loan_summary(state="overdue")]},
            "有一笔借款过了还款日还没还上",
            "/loans/lo-1",
        ),
        ({"lines": [samples.line(state="frozen")]}, "这个额度暂时不能用", "/lines/ln-1"),
        ({"lines": [samples.line(state="ended")]}, "这个额度已经到期，不能再借", "/lines/ln-1"),
    ],
    ids=["nothing drawn", "drawn", "repaid", "overdue", "frozen", "ended"],
)
async def test_a_signed_contract_says_how_things_stand_now(
    pages: Site, known: dict[str, Any], said: str, button: str
) -> None:
    everything(pages.core)
    signed = samples.contract(state="signed", signed_at=samples.NOW, line_id="ln-1")
    pages.core.says("GET", "/contracts/ct-1", signed)
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(**known))
    page = (await (await pages.client()).get("/contracts/ct-1")).text
    assert said in page
    assert ("额度已经生效" in page) == (said[:2] not in ("有一", "这个"))
    assert ("现在还没有借款" in page) == (not known.get("loans"))
    assert f'<a class="button" href="/lyg{button}">' in page


async def test_the_whole_contract_is_read_as_text_before_it_can_be_confirmed(pages: Site) -> None:
    everything(pages.core)
    page = (await (await pages.client()).get("/contracts/ct-1")).text
    for said in ("第一部分　借款要素", "3207**********1234", "第一条　额度与支用", "1.1　贷款人在额度期间内"):
        assert said in page
    # The way on stands below the text.
    assert page.index("1.1　贷款人") < page.index("/lyg/contracts/ct-1/costs")
    assert "<details" not in page[page.index('id="whole"') : page.index("1.1　贷款人")]


async def test_a_signed_contract_can_still_be_read_as_text(pages: Site) -> None:
    everything(pages.core)
    signed = samples.contract(state="signed", signed_at=samples.NOW, line_id="ln-1")
    pages.core.says("GET", "/contracts/ct-1", signed)
    assert "1.1　贷款人在额度期间内" in (await (await pages.client()).get("/contracts/ct-1")).text


async def test_a_pdf_may_be_laid_out_by_its_viewer_and_do_nothing_else(pages: Site) -> None:
    everything(pages.core)
    answer = await (await pages.client()).get("/contracts/ct-1/document")
    rules = answer.headers["content-security-policy"].split("; ")
    assert "style-src 'unsafe-inline'" in rules
    assert "object-src 'self'" in rules
    assert "default-src 'none'" in rules
    assert "frame-ancestors 'none'" in rules
    assert not [rule for rule in rules if rule.startswith("script-src")]


@pytest.mark.parametrize("state", ["preparing", "ready"])
@pytest.mark.parametrize(
    ("why", "said"),
    [("details", "您留在银行的资料变了"), ("signing", "上一次没有签成，额度没有生效，没有借款")],
)
async def test_a_contract_that_is_prepared_anew_says_why(
    pages: Site, state: str, why: str, said: str
) -> None:
    everything(pages.core)
    pages.core.says("GET", "/contracts/ct-1", samples.contract(state=state, renewed_for=why))
    page = await (await pages.client()).get("/contracts/ct-1")
    assert said in page.text


async def test_a_document_that_the_bank_found_wrong_is_not_promised_within_a_minute(pages: Site) -> None:
    everything(pages.core)
    contract = samples.contract(state="preparing", renewed_for="document", document_sha256=None)
    pages.core.says("GET", "/contracts/ct-1", contract)
    page = await (await pages.client()).get("/contracts/ct-1")
    assert "没有采用，工作人员正在处理" in page.text
    assert "一般不到一分钟" not in page.text
