"""A product with a fee: everything that states what a loan costs counts it and names it, and no shipped one has it."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from mock_partners.bank.core.calculation.draw_rules import DrawFee
from mock_partners.bank.core.changes.soundness import faults_of
from mock_partners.bank.core.products.catalogue import digest, offered, seeds
from mock_partners.bank.core.products.cost_alarms import cost_of_sample_ppm, is_above_ceiling
from mock_partners.bank.core.products.cost_table import Offer, cost_table, seal_cost_table
from mock_partners.bank.core.products.document import ProductDocument
from mock_partners.testing.worlds.faults import Fault
from partner_adapters.core_bank.drawdowns import AskDraw
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import LI, TestBank
from tests.support.people.applicants import borrower
from tests.support.people.borrowers import Borrower, books_hold
from tests.support.people.operators import change

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("esign")]
CODE = "sunshine_e_micro"
TODAY = date(2026, 11, 24)
TOMORROW = TODAY + timedelta(days=1)
LPR_PPM = 30_000
NAME = {"zh": "放款服务费", "en": "Loan service fee"}
PERCENT: dict[str, Any] = {"name": NAME, "ppm": 10_000}
BANK = {"zh": "海州湾农村商业银行", "en": "Haizhouwan Rural Commercial Bank"}


def shipped() -> ProductDocument:
    return next(each for each in seeds() if each.code == CODE)


def with_fee(fee: Any, **other: Any) -> ProductDocument:
    content = shipped().model_dump(mode="json")
    content["drawdown"]["fee"] = fee
    return ProductDocument.model_validate(content | other)


def test_no_shipped_product_has_one_and_their_hashes_stay() -> None:
    for document in seeds():
        assert document.draw_fee is None
        assert "fee" not in document.model_dump(mode="json")["drawdown"]
        assert document.draw_rules.fee is None


def test_a_fee_is_a_share_rounded_half_up_and_a_fixed_amount() -> None:
    fee = DrawFee(NAME, ppm=12_345, fixed_fen=7)
    assert [fee.of(amount) for amount in (100_000, 200, 40, 41)] == [1_235 + 7, 2 + 7, 7, 1 + 7]


@pytest.mark.parametrize(
    ("fee", "key"),
    [
        ({"ppm": 10_000}, "drawdown.fee.name"),
        ({"name": {"zh": "费"}, "ppm": 10_000}, "drawdown.fee.name"),
        ({"name": {"zh": "费", "en": "<b>"}, "ppm": 10_000}, "drawdown.fee.name"),
        ({"name": NAME, "ppm": -1}, "drawdown.fee.ppm"),
        ({"name": NAME, "ppm": 50_001}, "drawdown.fee.ppm"),
        ({"name": NAME, "ppm": "1%"}, "drawdown.fee.ppm"),
        ({"name": NAME, "fixed_fen": 100_001}, "drawdown.fee.fixed_fen"),
        ({"name": NAME, "fixed_fen": -1}, "drawdown.fee.fixed_fen"),
        ({"name": NAME, "percent": 1}, "drawdown.fee.percent"),
    ],
)
def test_what_a_fee_may_not_be_is_an_error_of_its_key(fee: dict[str, Any], key: str) -> None:
    with pytest.raises(ValidationError) as refused:
        with_fee(fee)
    assert {".".join(map(str, error["loc"])) for error in refused.value.errors()} == {key}


def test_what_is_proposed_charges_something_and_not_too_much_of_the_least_draw() -> None:
    assert faults_of(with_fee(PERCENT), TODAY, LPR_PPM) == []
    [nothing] = faults_of(with_fee({"name": NAME}), TODAY, LPR_PPM)
    assert nothing == "drawdown.fee: charges nothing; leave it out, or name ppm or fixed_fen"
    least_fen = shipped().line.min_draw_fen
    [much] = faults_of(with_fee({"name": NAME, "ppm": 49_999, "fixed_fen": 6}), TODAY, LPR_PPM)
    assert much.startswith(f"drawdown.fee: takes {least_fen * 49_999 // 1_000_000 + 1 + 6} of the least draw")
    taken = with_fee(PERCENT | {"name": {"zh": "其他费用", "en": "Other fees"}})
    assert faults_of(taken, TODAY, LPR_PPM) == [
        "drawdown.fee.name: another row of the contract is called 其他费用"
    ]
    dear = with_fee(
        {"name": NAME, "ppm": 50_000},
        costs=shipped().costs.model_dump() | {"alarm_ppm": 120_000, "ceiling_ppm": 120_000},
    )
    dear = ProductDocument.model_validate(dear.model_dump(mode="json") | {"ranges": {}})
    [above] = faults_of(dear, TODAY, LPR_PPM)
    assert above.startswith("price.grades_bp: the highest costs ")


def test_the_least_draw_over_the_shortest_term_may_not_cost_more_than_the_ceiling() -> None:
    """A fixed fee of 45 yuan is 4.5 % of 1,000 yuan. Over three months that alone is about 27 % a year."""
    dear = with_fee({"name": NAME, "fixed_fen": 4_500})
    # The sample of 10,000 yuan over twelve months is far below the ceiling.
    dearest_ppm = dear.rate_ppm(LPR_PPM, max(dear.price.grades_bp))
    assert cost_of_sample_ppm(dear, dearest_ppm, TODAY) < 80_000
    [fault] = faults_of(dear, TODAY, LPR_PPM)
    assert re.fullmatch(
        r"drawdown\.fee: the least draw, 100000 over 3 months by level_payment, costs \d{6} ppm a year,"
        r" above costs\.ceiling_ppm, 240000",
        fault,
    )
    lighter = with_fee({"name": NAME, "fixed_fen": 1_000})
    assert faults_of(lighter, TODAY, LPR_PPM) == []
    # A bank's own figures are held to it too.
    own = with_fee({"name": NAME, "fixed_fen": 1_000}, ranges={"drawdown.fee.fixed_fen": [0, 4_500]})
    assert faults_of(own, TODAY, LPR_PPM) == []
    assert faults_of(own.with_own({"drawdown.fee.fixed_fen": 4_500}), TODAY, LPR_PPM) == [fault]
    # What may be drawn is a multiple of the step.
    line = shipped().line.model_dump(mode="json") | {"min_draw_fen": 90_100}
    stepped = with_fee({"name": NAME, "fixed_fen": 4_500}, line=line)
    assert faults_of(stepped, TODAY, LPR_PPM) == [fault]


def test_a_member_bank_sets_or_waives_it_where_the_province_lets_it() -> None:
    ranges = {"drawdown.fee.ppm": [0, 20_000]}
    document = with_fee(PERCENT, ranges=ranges)
    assert document.with_own({"drawdown.fee.ppm": 20_000}).draw_fee == DrawFee(NAME, ppm=20_000)
    waived = document.with_own({"drawdown.fee.ppm": 0})
    assert waived.draw_fee is None
    assert faults_of(waived, TODAY, LPR_PPM) == []
    with pytest.raises(ValueError, match=r"drawdown\.fee\.ppm: 20001 lies outside its range, 0 to 20000"):
        document.with_own({"drawdown.fee.ppm": 20_001})
    with pytest.raises(ValueError, match="is not a bank's to set"):
        with_fee(PERCENT).with_own({"drawdown.fee.ppm": 0})


@pytest.mark.parametrize(
    ("fee", "charge", "in_english"),
    [
        (PERCENT, "每笔借款金额的 1.00%。", "1.00% of the amount of each loan. "),
        ({"name": NAME, "fixed_fen": 1_250}, "每笔借款 12.50 元。", "12.50 yuan for each loan. "),
        (
            PERCENT | {"fixed_fen": 1_250},
            "每笔借款金额的 1.00%，另加 12.50 元。",
            "1.00% of the amount of each loan and 12.50 yuan. ",
        ),
    ],
)
def test_the_cost_table_names_it_with_who_gets_it_and_how_much(
    fee: dict[str, Any], charge: str, in_english: str
) -> None:
    document = with_fee(fee)
    offer = Offer("hzw", "2026-0001", CODE, 8_000_000, 52_000, TODAY, date(2029, 11, 24))
    table, without = cost_table(document, offer, BANK), cost_table(shipped(), offer, BANK)
    interest, row, *others = table.rows
    assert (row.item, row.receiver, [interest, *others]) == (NAME, BANK, without.rows)
    assert interest.item["zh"].startswith("利息")
    assert row.charge["zh"].startswith(charge)
    assert row.charge["zh"].endswith("提前还款不退")
    assert row.charge["en"].startswith(in_english)
    assert row.charge["en"].endswith("not given back on early repayment")
    assert table.sample_fees_fen == document.draw_fee.of(table.sample_amount_fen)  # type: ignore[union-attr]
    assert table.annual_rate_ppm > without.annual_rate_ppm
    assert [each.total_interest_fen for each in table.sample_methods] == [
        each.total_interest_fen for each in without.sample_methods
    ]
    lighter = table.model_copy(update={"sample_fees_fen": table.sample_fees_fen - 1})
    assert seal_cost_table(lighter, offer) != table.sha256


def test_alarm_and_ceiling_of_an_offer_count_it() -> None:
    document, without = with_fee(PERCENT), shipped()
    assert cost_of_sample_ppm(document, 52_000, TODAY) > cost_of_sample_ppm(without, 52_000, TODAY)
    costs = without.costs.model_dump(mode="json") | {"alarm_ppm": 53_000, "ceiling_ppm": 53_000}
    assert not is_above_ceiling(with_fee(None, costs=costs), 52_000, TODAY)
    assert is_above_ceiling(with_fee(PERCENT, costs=costs), 52_000, TODAY)


async def propose_fee(bank: TestBank, fee: dict[str, Any], **other: Any) -> None:
    """Give the product this fee from tomorrow on."""
    first = await bank.store.read(lambda conn: offered(conn, "hzw", CODE, TODAY))
    content = first.model_dump(mode="json") | other
    own = {"version": first.version + 1, "effective_on": TOMORROW.isoformat()}
    drawdown = {"drawdown": content["drawdown"] | {"fee": fee}}
    shown = await change(bank, "product", CODE, content | own | drawdown, TOMORROW, layer="province")
    assert any(each.path.startswith("drawdown.fee") for each in shown.differences)


async def test_the_pboc_s_own_example_is_worked_out_for_visitors(bank: TestBank) -> None:
    """100,000 lent, 1,000 up front, twelve payments of 8,833: 12.80 % in simple form, 13.58 % in compound form."""
    grade_bp = max(shipped().price.grades_bp)
    price = shipped().price.model_dump() | {"product_bp": (108_900 - LPR_PPM) // 100 - grade_bp}
    await propose_fee(bank, PERCENT, price=price, ranges={})
    bank.clock.advance(timedelta(days=1))
    ask = AskDraw(amount_fen=10_000_000, term_months=12, method="level_payment")
    example = await bank.client().drawdowns.work_out(CODE, ask)
    assert abs(example.rows[0].total_fen - 883_330) < 30
    assert (example.fees_fen, example.fee_name) == (100_000, NAME)
    assert (example.annual_rate_ppm, example.compound_rate_ppm) == (128_000, 135_800)
    assert example.lowest.annual_rate_ppm < 128_000
    product = await bank.client().products.get(CODE)
    assert product.draw_fee is not None
    assert (product.draw_fee.name, product.draw_fee.ppm, product.draw_fee.fixed_fen) == (NAME, 10_000, 0)
    assert product.example.fees_fen == product.rates_to.fees_fen == product.example.amount_fen // 100
    assert product.rates_to.methods[0].annual_rate_ppm == 128_000


async def test_no_example_is_worked_out_that_could_not_be_drawn(bank: TestBank) -> None:
    """Of a day's loan the fee alone is more than a thousand percent a year."""
    await propose_fee(bank, PERCENT)
    bank.clock.advance(timedelta(days=1))
    today = bank.clock.today()
    for days in (1, 10):
        ends_on = today + timedelta(days=days)
        ask = AskDraw(amount_fen=1_000_000, term_months=3, method="on_demand", ends_on=ends_on)
        with pytest.raises(Problem) as refused:
            await bank.client().drawdowns.work_out(CODE, ask)
        assert (refused.value.status, refused.value.code) == (409, "draw.above_ceiling")
    ask = AskDraw(amount_fen=1_000_000, term_months=3, method="on_demand")
    assert (await bank.client().drawdowns.work_out(CODE, ask)).annual_rate_ppm > 90_000


async def test_from_the_offer_to_the_draw_each_annual_rate_counts_it(bank: TestBank) -> None:
    await propose_fee(bank, PERCENT)
    bank.clock.advance(timedelta(days=1))
    li = await borrower(bank, LI)
    await li.check_list()
    offer = await li.client.pre_credit.get(li.customer_id)
    assert offer.rates is not None
    assert (offer.rates.fees_fen, offer.rates.methods[0].annual_rate_ppm > 70_000) == (10_000, True)
    application = await li.decided()
    assert application.decision is not None
    assert application.decision.rates is not None
    assert application.decision.rates.fees_fen > 0
    contract = await li.client.contracts.get(str(application.contract_id))
    assert contract.cost_table.rows[1].item == NAME
    assert contract.cost_table.annual_rate_ppm == max(
        each.annual_rate_ppm for each in contract.cost_table.sample_methods
    )
    texts = [each.text for each in await bank.messages(LI)]
    [approved] = [text for text in texts if "已批" in text]
    least = min(each.annual_rate_ppm for each in contract.cost_table.sample_methods)
    most = contract.cost_table.annual_rate_ppm
    assert "年化利率（单利）最高" not in approved
    assert f"年化利率（单利）{least / 10_000:.2f}%到{most / 10_000:.2f}%；借得少或借得短可能更高" in approved
    assert "借10,000元12个月的例子，算上放款时收的放款服务费" in approved
    order = await li.sign(contract)
    line = await li.client.lines.get(order.result["line_id"])
    assert line.rates.fees_fen == 10_000
    assert line.rates.highest_ppm > 70_000
    draws = Borrower(bank, LI, li.customer_id, await account_of(bank, li.customer_id), line.line_id)
    drawn = await draws.draw(2_000_000)
    assert (drawn.result["fee"], drawn.fee_name) == ("200.00", NAME)
    assert await draws.balance() == 1_980_000
    # One name for it, wherever the customer meets it again.
    assert (await draws.loan(drawn.result["loan_id"])).draw_fee_name == NAME
    taken, lent = (await li.client.accounts.entries(draws.account_id)).items
    assert (taken.kind, taken.fee_name, lent.fee_name) == ("drawdown_fee", NAME, None)
    assert (await li.client.accounts.entry(draws.account_id, taken.entry_id)).fee_name == NAME
    printed = json.loads(await li.client.statements.receipt(draws.account_id, taken.entry_id))
    assert printed["entry"]["kind"] == NAME["zh"]
    await books_hold(bank)


async def account_of(bank: TestBank, customer_id: str) -> str:
    account = (await bank.client().customers.overview(customer_id)).account
    assert account is not None
    return account.account_id


async def test_an_application_keeps_the_fee_of_the_day_it_was_made(bank: TestBank) -> None:
    await propose_fee(bank, PERCENT)
    li = await borrower(bank, LI)
    bank.wires.faults["data_sources"].add(Fault(kind="down", times=None))
    order = await li.apply()
    bank.clock.advance(timedelta(days=1))
    bank.wires.faults["data_sources"].clear()
    await bank.work()
    application = await bank.client().applications.get(order.result["application_id"])
    contract = await li.client.contracts.get(str(application.contract_id))
    assert (contract.cost_table.sample_fees_fen, contract.cost_table.annual_rate_ppm) == (0, 52_700)
    line_id = (await li.sign(contract)).result["line_id"]
    draws = Borrower(bank, LI, li.customer_id, await account_of(bank, li.customer_id), line_id)
    quote = await draws.quote(2_000_000)
    assert (quote.fees_fen, quote.fee_name, quote.annual_rate_ppm) == (0, None, 52_000)
    assert "fee" not in (await draws.draw(2_000_000)).result
    now = await bank.store.read(lambda conn: offered(conn, "hzw", CODE, TOMORROW))
    assert digest(now) != digest(shipped())
    assert now.draw_fee == DrawFee(NAME, ppm=10_000)
