"""Drawing: the whole plan before anything is confirmed, then exactly what was shown."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from partner_adapters.kit.values.problems import FieldError, Problem
from tests.support.houses.scripted_core import SILENCE
from tests.support.houses.site import Site
from tests.support.pages import samples
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio
DRAW = "/lines/ln-1/draw"
ASKED = f"{DRAW}?amount=20000&term=12&method=level_payment"
DRAWDOWNS = "/lines/ln-1/drawdowns"
DRAWN = samples.order("drawdown", amount_fen=2_000_000, result={"loan_id": "lo-1"})


def chosen(page: str) -> list[str]:
    return re.findall(r'name="(?:term|method)" value="(\w+)" checked', page)


async def test_the_form_repeats_what_the_customer_chose_last_but_never_the_amount_of_a_debt(
    pages: Site,
) -> None:
    everything(pages.core)
    pages.core.says("GET", "/loans/lo-1", samples.loan(term_months=6, method="interest_first"))
    visitor = await pages.client()
    page = (await visitor.get(DRAW)).text
    assert chosen(page) == ["6", "interest_first"]
    assert 'name="amount" value=""' in page
    # Before the first loan it is what the application said.
    first = samples.overview(
        lines=[samples.line()], applications=[samples.application(state="signed", line_id="ln-1")]
    )
    pages.core.says("GET", "/customers/cu-1/overview", first)
    page = (await visitor.get(DRAW)).text
    assert chosen(page) == ["12", "level_payment"]
    assert 'name="amount" value=""' in page


@pytest.mark.parametrize(
    "known", [Problem(404, "loan.unknown"), samples.loan(term_months=24, method="on_demand")]
)
async def test_what_the_line_does_not_offer_or_the_bank_does_not_say_is_asked_for(
    pages: Site, known: Any
) -> None:
    everything(pages.core)
    pages.core.says("GET", "/loans/lo-1", known)
    page = await (await pages.client()).get(DRAW)
    assert page.status_code == 200
    assert chosen(page.text) == []


async def test_the_quote_shows_every_instalment_and_what_it_costs(pages: Site) -> None:
    everything(pages.core)
    quote = samples.draw_quote(method="interest_first", annual_rate_ppm=52_700)
    pages.core.says("POST", "/lines/ln-1/quotes", quote)
    page = (await (await pages.client()).get(ASKED)).text
    for said in (
        "年化利率（单利）</dt><dd>5.27%",
        "合同利率（年，单利）</dt><dd>5.20%",
        "¥20,000.00",
        "贰万元整",
        "¥563.28",
        "12 个月",
        "每月 21 日",
        "看全部 12 期还款计划",
        "HZW-2026-0017",
    ):
        assert said in page
    for row in samples.plan():
        assert f"{row.number}. {row.due_on.year}年{row.due_on.month}月{row.due_on.day}日" in page
    assert not pages.core.sent(DRAWDOWNS)
    assert "可以随时提前还款" in page
    pages.core.says("POST", "/lines/ln-1/quotes", samples.draw_quote(early_repayment=False))
    page = (await (await pages.client()).get(ASKED)).text
    assert "可以随时提前还款" not in page
    assert "不能提前还" in page


async def test_a_fee_is_named_with_what_arrives_and_that_it_does_not_come_back(pages: Site) -> None:
    everything(pages.core)
    pages.core.says("POST", "/lines/ln-1/quotes", samples.quote_with_fee())
    visitor = await pages.client()
    page = (await visitor.get(ASKED)).text
    for said in (
        "年化利率（单利）</dt><dd>7.22%",
        "放款服务费</dt><dd>¥210.00",
        "到账</dt><dd>¥19,790.00，电子账户（3306），立即",
        # What is repaid. The fee was taken before.
        "一共要还</dt><dd>¥20,563.28",
        "放款服务费在放款时从电子账户收一次，年化利率已经把它算进去。提前还款不退。",
        "可以随时提前还款，不收违约金，利息按实际天数算。已经收的放款服务费不退。",
        "放款时从电子账户收放款服务费 210 元。",
    ):
        assert said in page, said
    pages.core.says("POST", "/lines/ln-1/quotes", samples.draw_quote())
    page = (await visitor.get(ASKED)).text
    assert "其他费用</dt><dd>¥0.00" in page
    assert "到账</dt><dd>电子账户（3306），立即" in page
    assert "不退" not in page


async def test_with_a_fee_a_line_s_annual_rate_is_said_to_be_an_example_s(pages: Site) -> None:
    everything(pages.core)
    line = samples.line(rates=samples.rates_with_fee(52_000))
    pages.core.says("GET", "/lines/ln-1", line)
    visitor = await pages.client()
    example = "（借 10,000 元 12 个月的例子，借得少或借得短可能更高）"
    for address in ("/lines/ln-1", "/lines/ln-1/draw"):
        page = (await visitor.get(address)).text
        assert f"到 {line.rates.highest_ppm / 10_000:.2f}%{example}" in page
        assert "每次借之前，都会先写明那一笔的年化利率。" in page
    pages.core.says("GET", "/lines/ln-1", samples.line())
    assert "的例子" not in (await visitor.get("/lines/ln-1/draw")).text


async def test_the_order_says_what_arrived_after_the_fee(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    pages.core.says("GET", "/orders/in-1", samples.drawn_with_fee())
    page = (await visitor.get("/orders/in-1")).text
    assert "放款服务费</dt><dd>¥210.00" in page
    assert "实际到账</dt><dd>¥19,790.00" in page
    # Orders of before the name was kept.
    result = {"loan_id": "lo-1", "fee": "210.00", "received": "19790.00", "currency": "CNY"}
    pages.core.says("GET", "/orders/in-1", samples.order("drawdown", amount_fen=2_000_000, result=result))
    assert "借款手续费</dt><dd>¥210.00" in (await visitor.get("/orders/in-1")).text


async def test_a_loan_says_what_was_taken_when_it_was_drawn(pages: Site) -> None:
    everything(pages.core)
    pages.core.says("GET", "/loans/lo-1", samples.loan_with_fee())
    visitor = await pages.client()
    said = "</dt><dd>¥210.00，放款时收的，提前还款不退"
    assert f"放款服务费{said}" in (await visitor.get("/loans/lo-1")).text
    pages.core.says("GET", "/loans/lo-1", samples.loan_with_fee(draw_fee_name=None))
    assert f"借款手续费{said}" in (await visitor.get("/loans/lo-1")).text
    pages.core.says("GET", "/loans/lo-1", samples.loan())
    assert "不退" not in (await visitor.get("/loans/lo-1")).text


async def test_confirming_draws_what_was_quoted(pages: Site) -> None:
    everything(pages.core)
    pages.core.says("POST", DRAWDOWNS, DRAWN)
    visitor = await pages.client()
    answer = await visitor.send(await visitor.get(f"{ASKED}&due_day=每月6号"))
    (sent,) = pages.core.sent(DRAWDOWNS)
    assert sent.body == {
        "amount": "20000.00",
        "currency": "CNY",
        "term_months": 12,
        "method": "level_payment",
        "due_day": 6,
        "ends_on": None,
        "quote_sha256": samples.SHA,
        "evidence": {"statement": "an.id.token-of-the-partner", "holder_secret": "s" * 43},
    }
    assert answer.headers["location"] == f"/lyg/orders/{sent.intent}"


async def test_a_loan_that_is_repaid_at_once_may_end_on_a_day_of_choice(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    # The sample's line does not offer this method, so nothing is asked about it.
    assert 'name="ends_on"' not in (await visitor.get(DRAW)).text
    pages.core.says("GET", "/lines/ln-1", samples.line(methods=["interest_first", "on_demand"]))
    # Most leave it empty, so it is folded away until it is used or wrong.
    folded = (await visitor.get(DRAW)).text
    assert "<details><summary>自己选还款的日子（可以不填）" in folded
    assert 'name="ends_on"' in folded
    end = date(2027, 5, 20)
    quote = samples.draw_quote(method="on_demand", ends_on=end, rows=samples.plan()[:1])
    pages.core.says("POST", "/lines/ln-1/quotes", quote)
    pages.core.says("POST", DRAWDOWNS, DRAWN)
    asked = f"{DRAW}?amount=20000&term=12&ends_on=2027年5月20日&method="
    page = await visitor.get(f"{asked}on_demand")
    assert "到您选的<span" in page.text
    assert "12 个月" not in page.text
    await visitor.send(page)
    (sent,) = pages.core.sent(DRAWDOWNS)
    assert (sent.body["term_months"], sent.body["ends_on"]) == (12, "2027-05-20")
    # A day that the bank refuses is said beside the field, with the days that it takes, in both languages.
    error = FieldError(
        field="ends_on", code="ends_on.out_of_term", params={"first": "2026-11-25", "last": "2027-02-24"}
    )
    pages.core.says("POST", "/lines/ln-1/quotes", Problem(422, error.code, errors=[error]))
    wrong = await visitor.get(f"{asked}on_demand")
    assert wrong.status_code == 422
    assert 'id="ends_on-error">请选2026年11月25日到2027年2月24日之间的一天' in wrong.text
    # Neither a day for the wrong method nor one that the calendar lacks is dropped in silence.
    quoted = len(pages.core.sent("/lines/ln-1/quotes"))
    other = await visitor.get(f"{asked}interest_first")
    assert 'id="ends_on-error">只有随借随还可以选哪天还清' in other.text
    assert "<details open><summary>自己选还款的日子" in other.text
    none = await visitor.get(f"{DRAW}?amount=20000&term=12&ends_on=20270229&method=on_demand")
    assert 'id="ends_on-error">日历上没有这一天' in none.text
    assert len(pages.core.sent("/lines/ln-1/quotes")) == quoted


async def test_a_second_tap_never_draws_twice(pages: Site) -> None:
    everything(pages.core)
    pages.core.says("POST", DRAWDOWNS, DRAWN)
    visitor = await pages.client()
    page = await visitor.get(ASKED)
    first, second = await visitor.send(page), await visitor.send(page)
    assert first.headers["location"] == second.headers["location"]
    assert len({sent.intent for sent in pages.core.sent(DRAWDOWNS)}) == 1


async def test_drawing_the_same_again_later_is_a_new_loan(pages: Site) -> None:
    everything(pages.core)
    pages.core.says("POST", DRAWDOWNS, DRAWN)
    visitor = await pages.client()
    answer = await visitor.send(await visitor.get(ASKED))
    (sent,) = pages.core.sent(DRAWDOWNS)
    pages.core.says("GET", f"/orders/{sent.intent}", DRAWN.model_copy(update={"intent": sent.intent}))
    await visitor.http.get(answer.headers["location"])
    await visitor.send(await visitor.get(ASKED))
    assert len({sent.intent for sent in pages.core.sent(DRAWDOWNS)}) == 2


async def test_drawing_again_before_the_outcome_was_seen_shows_the_outcome_and_draws_once(
    pages: Site,
) -> None:
    everything(pages.core)
    pages.core.says("POST", DRAWDOWNS, DRAWN)
    visitor = await pages.client()
    lost = await visitor.send(await visitor.get(ASKED))
    again = await visitor.send(await visitor.get(ASKED.replace("amount=20000", "amount=10000")))
    assert again.headers["location"] == f"{lost.headers['location']}?earlier=1"
    assert len(pages.core.sent(DRAWDOWNS)) == 1


async def test_terms_that_changed_are_shown_before_anything_is_drawn(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    page = await visitor.get(ASKED)
    pages.core.says("POST", DRAWDOWNS, Problem(409, "quote.changed"))
    pages.core.says("POST", "/lines/ln-1/quotes", samples.draw_quote(rate_ppm=53_000, sha256="ef" * 32))
    changed = await visitor.send(page)
    assert changed.status_code == 409
    assert "还没有借" in changed.text
    assert "5.30%" in changed.text
    pages.core.says("POST", DRAWDOWNS, DRAWN)
    assert (await visitor.send(changed)).status_code == 303
    assert pages.core.sent(DRAWDOWNS)[-1].body["quote_sha256"] == "ef" * 32


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("amount=&term=12&method=level_payment", "请填写金额"),
        ("amount=20000&method=level_payment", "请选一项"),
        ("amount=20000&term=7&method=level_payment", "请选一项"),
    ],
)
async def test_a_gap_in_the_question_is_said_and_the_rest_stays(pages: Site, query: str, said: str) -> None:
    everything(pages.core)
    page = await (await pages.client()).get(f"{DRAW}?{query}")
    assert page.status_code == 422
    assert said in page.text
    assert 'value="level_payment" checked' in page.text


async def test_more_than_is_left_is_said_beside_the_amount(pages: Site) -> None:
    everything(pages.core)
    error = FieldError(field="amount", code="amount.too_large", params={"max": "60000.00"})
    pages.core.says("POST", "/lines/ln-1/quotes", Problem(422, "amount.too_large", errors=[error]))
    page = await (await pages.client()).get(f"{DRAW}?amount=70000&term=12&method=level_payment")
    assert page.status_code == 422
    assert page.text.count("最多 60,000 元") == 2
    assert 'value="70000"' in page.text


async def test_a_loan_above_the_ceiling_is_asked_for_again_beside_the_field_that_decides(pages: Site) -> None:
    everything(pages.core)
    pages.core.says("GET", "/lines/ln-1", samples.line(methods=["interest_first", "on_demand"]))
    pages.core.says("POST", "/lines/ln-1/quotes", Problem(409, "draw.above_ceiling"))
    visitor = await pages.client()
    asked = f"{DRAW}?amount=1000&term=6&method=on_demand"
    by_day = await visitor.get(f"{asked}&ends_on=2026年12月5日")
    assert by_day.status_code == 422
    assert 'id="ends_on-error">借到这一天就还清，年化利率超过了上限，不能借。请选晚一些的日子' in by_day.text
    assert "term-error" not in by_day.text
    assert "<details open><summary>自己选还款的日子" in by_day.text
    whole_term = await visitor.get(asked)
    assert whole_term.status_code == 422
    assert 'id="term-error">这样借，年化利率超过了上限，不能借。请选长一些的期限' in whole_term.text
    assert "ends_on-error" not in whole_term.text
    for kept in ('value="1000"', 'value="6" checked', 'value="on_demand" checked'):
        assert kept in by_day.text, kept
        assert kept in whole_term.text, kept
    assert 'value="2026年12月5日"' in by_day.text


async def test_a_ceiling_that_is_met_on_confirming_leads_back_to_the_question(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    quoted = await visitor.get(ASKED)
    pages.core.says("POST", DRAWDOWNS, Problem(409, "draw.above_ceiling"))
    again = await visitor.send(quoted)
    assert again.status_code == 422
    assert 'id="term-error">这样借' in again.text
    assert 'value="20000"' in again.text


async def test_a_face_check_brings_the_person_back_to_the_same_quote(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client(seen_ago=timedelta(minutes=10))
    away = await visitor.send(await visitor.get(ASKED))
    where = urlsplit(away.headers["location"])
    assert where.path == "/lyg/face"
    assert not pages.core.sent(DRAWDOWNS)
    back = await visitor.get(parse_qs(where.query)["next"][0].removeprefix("/lyg"))
    assert back.status_code == 200
    assert "确认借款 ¥20,000.00" in back.text


async def test_changing_the_question_keeps_the_answers(pages: Site) -> None:
    everything(pages.core)
    page = await (await pages.client()).get(f"{ASKED}&change=1")
    assert page.status_code == 200
    assert 'value="20000"' in page.text
    assert 'value="12" checked' in page.text


@pytest.mark.slow
async def test_an_answer_that_never_comes_leads_to_the_order(pages: Site) -> None:
    everything(pages.core)
    pages.core.says("POST", DRAWDOWNS, SILENCE)
    visitor = await pages.client()
    answer = await visitor.send(await visitor.get(ASKED))
    assert answer.headers["location"] == f"/lyg/orders/{pages.core.sent(DRAWDOWNS)[0].intent}"


async def test_the_confirmation_of_one_line_does_not_draw_on_another(pages: Site) -> None:
    everything(pages.core)
    two = [samples.line(), samples.line(line_id="ln-2")]
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(lines=two))
    pages.core.says("GET", "/lines/ln-2", two[1])
    visitor = await pages.client()
    page = await visitor.get(ASKED)
    assert (await visitor.send(page, to="/lines/ln-2/draw")).status_code == 409
    assert not pages.core.sent("/lines/ln-2/drawdowns")


@pytest.mark.parametrize("when", ["/lines/ln-1/quotes", DRAWDOWNS])
async def test_a_frozen_line_says_so_itself(pages: Site, when: str) -> None:
    everything(pages.core)
    visitor = await pages.client()
    page = await visitor.get(ASKED)
    pages.core.says("POST", when, Problem(409, "line.not_open"))
    answer = await visitor.get(ASKED) if when != DRAWDOWNS else await visitor.send(page)
    assert answer.headers["location"] == "/lyg/lines/ln-1"
    frozen = samples.line(state="frozen", used_fen=3_000_000, available_fen=0)
    pages.core.says("GET", "/lines/ln-1", frozen)
    shown = (await visitor.get("/lines/ln-1")).text
    assert "这个额度暂时不能用" in shown
    # Nothing can be drawn now, and what is unused is not zero.
    assert re.search(r'id="available">现在可借</h2>\s*<[^>]*>[^0-9]*0\.00', shown)
    assert re.search(r"没有用、现在冻结着的额度</dt>\s*<dd[^>]*>[^5]*50,000\.00", shown)
    assert "/lyg/lines/ln-1/draw" not in shown


async def test_while_a_loan_is_overdue_the_line_leads_to_repaying(pages: Site) -> None:
    everything(pages.core)
    late = samples.overview(lines=[samples.line()], loans=[samples.loan_summary(state="overdue")])
    pages.core.says("GET", "/customers/cu-1/overview", late)
    shown = (await (await pages.client()).get("/lines/ln-1")).text
    assert "还上以后，这个额度就可以再用" in shown
    assert "/lyg/loans/lo-1/repay" in shown
    assert "/lyg/lines/ln-1/draw" not in shown
