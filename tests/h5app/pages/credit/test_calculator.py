"""Rates and a calculator can be read before logging in, and nothing is asked of the visitor."""

import pytest

from partner_adapters.core_bank.products import ProductList
from partner_adapters.kit.values.problems import FieldError, Problem
from tests.support.houses.site import Site, Visitor
from tests.support.pages import samples
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio
EXAMPLES = "/products/sunshine_e_micro/examples"


async def _guest(pages: Site) -> Visitor:
    everything(pages.core)
    visitor = await pages.client()
    visitor.http.cookies.clear()
    return visitor


async def test_a_visitor_reads_rates_and_an_example_at_once(pages: Site) -> None:
    page = (await (await _guest(pages)).get("/credit/calculator")).text
    for said in ("阳光E贷-小微经营贷", "到", 'value="10000"', "壹万元整", "每月还", "利息合计", "¥281.64"):
        assert said in page, said
    assert "看全部 12 期还款计划" in page
    assert "以审批结果为准" in page


async def test_one_tap_leads_from_the_first_page_to_the_calculator(pages: Site) -> None:
    assert 'href="/lyg/credit/calculator"' in (await (await _guest(pages)).get("/me/help")).text


async def test_what_a_visitor_types_is_worked_out(pages: Site) -> None:
    guest = await _guest(pages)
    product = samples.product(methods=["interest_first", "on_demand"])
    pages.core.says("GET", "/products", ProductList(items=[product]))
    plan = [
        samples.plan(months=12)[0],
        samples.plan(months=12)[-1].model_copy(update={"total_fen": 8_034_666}),
    ]
    example = samples.worked_example(amount_fen=8_000_000, method="interest_first", rows=plan)
    pages.core.says("POST", EXAMPLES, example)
    page = (await guest.get("/credit/calculator?amount=8万&term=12&method=interest_first&due_day=５号")).text
    (asked,) = pages.core.sent(EXAMPLES)
    assert asked.body == {
        "amount": "80000.00", "currency": "CNY", "term_months": 12, "method": "interest_first",
        "due_day": 5, "ends_on": None,
    }  # fmt: skip
    assert "捌万元整" in page
    assert "最后一期还（最多的一期）" in page
    assert "¥80,346.66" in page
    for said in (
        "折成复利", "7.44%", "按最低的算，年化利率（单利）4.20%", "不是借款承诺", "/lyg/credit/sunshine_e_micro",
    ):  # fmt: skip
        assert said in page, said
    # A loan that is repaid at once has no such day, and a day that is not offered is said beside it.
    at_once = await guest.get("/credit/calculator?amount=8万&term=12&method=on_demand&due_day=5")
    assert 'id="due_day-error">随借随还到期一次还' in at_once.text
    wrong = await guest.get("/credit/calculator?amount=8万&term=12&method=interest_first&due_day=29")
    assert wrong.status_code == 422
    assert 'id="due_day-error">这一天不能选' in wrong.text


async def test_a_fee_is_part_of_the_example(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    product = samples.product_with_fee()
    pages.core.says("GET", "/products", ProductList(items=[product]))
    example = samples.worked_example(fees_fen=21_000, fee_name=samples.FEE_NAME)
    pages.core.says("POST", EXAMPLES, example)
    page = (await visitor.get("/credit/calculator")).text
    assert "放款服务费</dt><dd>¥210.00" in page
    assert "提前还款不退" in page
    assert "例子里放款时收的 110 元费用已经算进年化利率。" in page
    assert "（借 10,000 元 12 个月的例子，借得少或借得短可能更高）" in page
    assert "上面按这个产品最高的合同利率算。" in page
    pages.core.says("GET", "/products/sunshine_e_micro", product)
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(pre_credit=None))
    page = (await visitor.get("/credit/sunshine_e_micro")).text
    assert "放款服务费</dt><dd>借款金额的 1.00%，另加 10 元" in page
    assert "放款时收放款服务费 110 元。" in page
    assert "到 7.96%（借 10,000 元 12 个月的例子，借得少或借得短可能更高）" in page


async def test_an_example_above_the_ceiling_is_asked_for_again(pages: Site) -> None:
    guest = await _guest(pages)
    product = samples.product(methods=["interest_first", "on_demand"])
    pages.core.says("GET", "/products", ProductList(items=[product]))
    pages.core.says("POST", EXAMPLES, Problem(409, "draw.above_ceiling"))
    asked = "/credit/calculator?amount=1000&term=6&method=on_demand"
    page = await guest.get(f"{asked}&ends_on=2026年12月5日")
    assert page.status_code == 422
    assert 'id="ends_on-error">借到这一天就还清，年化利率超过了上限' in page.text
    assert 'value="1000"' in page.text
    assert 'id="term-error">这样借，年化利率超过了上限' in (await guest.get(asked)).text


async def test_a_wrong_amount_is_said_beside_it(pages: Site) -> None:
    guest = await _guest(pages)
    error = FieldError(field="amount", code="amount.too_large", params={"max": "300000.00"})
    pages.core.says("POST", EXAMPLES, Problem(422, error.code, errors=[error]))
    page = await guest.get("/credit/calculator?amount=90万&term=12&method=level_payment")
    assert page.status_code == 422
    assert "最多 300,000 元" in page.text
    typed = await guest.get("/credit/calculator?amount=abc&term=7&method=x")
    assert typed.status_code == 422
    assert "金额请写成数字" in typed.text


async def test_where_nothing_is_offered_the_page_says_so(pages: Site) -> None:
    guest = await _guest(pages)
    pages.core.says("GET", "/products", ProductList(items=[]))
    assert "现在没有可以在这里申请的贷款" in (await guest.get("/credit/calculator")).text


async def test_an_unknown_product_is_not_worked_out(pages: Site) -> None:
    page = await (await _guest(pages)).get("/credit/calculator?product=nothing")
    assert page.status_code == 200
    assert not pages.core.sent(EXAMPLES)
