"""Visitors see what a loan would cost: the same plan that a drawdown at that rate would have, and nothing is stored."""

from __future__ import annotations

import pytest

from partner_adapters.core_bank.drawdowns import AskDraw
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import TestBank

pytestmark = pytest.mark.anyio
PRODUCT = "sunshine_e_micro"


@pytest.mark.parametrize("method", ["level_payment", "interest_first", "on_demand"])
async def test_an_example_repays_exactly_what_it_lends(bank: TestBank, method: str) -> None:
    core = bank.client()
    product = await core.products.get(PRODUCT)
    ask = AskDraw.model_validate({"amount_fen": 2_000_000, "term_months": 12, "method": method})
    example = await core.drawdowns.work_out(PRODUCT, ask)
    assert example.rate_ppm == product.rate_to_ppm
    [annual] = [each for each in product.rates_to.methods if each.method == method]
    assert example.annual_rate_ppm == annual.annual_rate_ppm
    assert (example.annual_rate_ppm > example.rate_ppm) is (method != "level_payment")
    assert sum(row.principal_fen for row in example.rows) == 2_000_000
    assert sum(row.interest_fen for row in example.rows) == example.total_interest_fen > 0
    assert len(example.rows) == (1 if method == "on_demand" else 12)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount_fen": 10_000}, "amount.too_small"),
        ({"amount_fen": 999_000_000}, "amount.too_large"),
        ({"amount_fen": 2_000_001}, "amount.not_a_step"),
        ({"term_months": 5}, "term.not_offered"),
    ],
)
async def test_an_example_is_of_what_the_product_offers(
    bank: TestBank, changes: dict[str, int], code: str
) -> None:
    usual = {"amount_fen": 2_000_000, "term_months": 12, "method": "level_payment"}
    with pytest.raises(Problem) as refused:
        await bank.client().drawdowns.work_out(PRODUCT, AskDraw.model_validate(usual | changes))
    assert [error.code for error in refused.value.errors] == [code]


async def test_an_unknown_product_has_no_example(bank: TestBank) -> None:
    ask = AskDraw(amount_fen=2_000_000, term_months=12, method="level_payment")
    with pytest.raises(Problem) as refused:
        await bank.client().drawdowns.work_out("nothing", ask)
    assert refused.value.code == "product.unknown"
