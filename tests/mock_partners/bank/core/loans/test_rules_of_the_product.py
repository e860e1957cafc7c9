"""What a product fixes for its draws and loans holds at drawing and repaying, from the line's own copy."""

import pytest
from prometheus_client import generate_latest

from mock_partners.bank.core.calculation.draw_rules import DrawRules
from mock_partners.bank.core.calculation.terms import ServicingRules
from mock_partners.bank.core.products.cost_alarms import ALARMS
from partner_adapters.core_bank.drawdowns import AskDraw
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import TestBank
from tests.support.people.borrowers import borrow

pytestmark = pytest.mark.anyio


async def test_a_product_bounds_its_draws_and_counts_dear_loans(bank: TestBank) -> None:
    # Interest at 5.2 % first costs 5.27 % a year by cash flows; level payments cost 5.2 %.
    rules = DrawRules(self_paid_up_to_fen=2_000_000, alarm_ppm=51_000, ceiling_ppm=52_400)
    counted = str(generate_latest(ALARMS))
    borrower = await borrow(bank, draw_rules=rules, rules=ServicingRules(early_repayment=False))
    for amount_fen, method, code in (
        (2_010_000, "level_payment", "draw.entrusted_only"),
        (2_000_000, "interest_first", "draw.above_ceiling"),
    ):
        ask = AskDraw.model_validate({"amount_fen": amount_fen, "term_months": 12, "method": method})
        with pytest.raises(Problem) as refused:
            await bank.client().drawdowns.quote(borrower.line_id, ask)
        assert refused.value.code == code
        assert str(generate_latest(ALARMS)) == counted
    loan_id = await borrower.drawn(2_000_000)
    assert str(generate_latest(ALARMS)) != counted
    for kind in ("part", "full"):
        with pytest.raises(Problem) as refused:
            await borrower.repay_quote(loan_id, kind, 100_000 if kind == "part" else None)
        assert refused.value.code == "loan.no_early_repayment"
