"""A fee that a product takes when a loan is drawn: what is quoted is charged, and every annual rate counts it."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from prometheus_client import generate_latest

from mock_partners.bank.core.calculation.draw_rules import MAX_FEE_PPM, MAX_FIXED_FEE_FEN, DrawFee, DrawRules
from mock_partners.bank.core.kernel.account_roles import INCOME_FEES
from mock_partners.bank.core.ledger import balance
from mock_partners.bank.core.products.cost_alarms import ALARMS
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import TestBank
from tests.support.people.borrowers import Borrower, books_hold, borrow

pytestmark = pytest.mark.anyio
NAME = {"zh": "放款服务费", "en": "Loan service fee"}
ONE_PERCENT = DrawRules(fee=DrawFee(NAME, ppm=10_000))
# At this rate eleven level payments of 100,000 over a year are 8,833.30, and the last is two fen more.
PBOC_RATE_PPM = 108_957


async def earned(bank: TestBank) -> int:
    """Return what the bank has earned by fees, in fen."""
    return await bank.store.read(lambda conn: balance(conn, bank.context().bank_id, INCOME_FEES))


async def entries(borrower: Borrower) -> list[tuple[str, str, int]]:
    """Return kind, direction and amount of each entry of the account, newest first."""
    page = await borrower.bank.client().accounts.entries(borrower.account_id)
    return [(each.kind, each.direction, each.amount_fen) for each in page.items]


async def test_the_pboc_s_own_example_is_drawn(bank: TestBank) -> None:
    """100,000 lent, 1,000 of it charged up front, twelve payments of 8,833.30: 12.80 % a year."""
    borrower = await borrow(bank, limit_fen=10_000_000, rate_ppm=PBOC_RATE_PPM, draw_rules=ONE_PERCENT)
    quote = await borrower.quote(10_000_000)
    assert [row.total_fen for row in quote.rows] == [883_330] * 11 + [883_332]
    assert (quote.fees_fen, quote.received_fen, quote.fee_name) == (100_000, 9_900_000, NAME)
    assert quote.annual_rate_ppm == 128_000

    order = await borrower.draw(10_000_000)
    assert (order.amount_fen, order.result["fee"], order.result["received"]) == (
        10_000_000,
        "1000.00",
        "99000.00",
    )
    assert await borrower.balance() == 9_900_000
    assert await entries(borrower) == [
        ("drawdown_fee", "out", 100_000),
        ("drawdown", "in", 10_000_000),
    ]
    assert await earned(bank) == 100_000
    loan = await borrower.loan(order.result["loan_id"])
    assert (loan.annual_rate_ppm, loan.draw_fee_fen, loan.outstanding_fen) == (128_000, 100_000, 10_000_000)
    await books_hold(bank)


async def test_early_repayment_gives_none_of_it_back(bank: TestBank) -> None:
    borrower = await borrow(bank, funds_fen=100_000, draw_rules=ONE_PERCENT)
    loan_id = await borrower.drawn(2_000_000)
    whole = await borrower.repay_quote(loan_id, "full")
    assert (whole.amount_fen, whole.parts.fees_fen) == (2_000_000, 0)
    await borrower.repay(loan_id, "full")
    assert (await borrower.loan(loan_id)).state == "settled"
    assert (await borrower.line()).used_fen == 0
    assert (await borrower.balance(), await earned(bank)) == (80_000, 20_000)
    await books_hold(bank)


async def test_a_message_says_what_arrived(bank: TestBank) -> None:
    borrower = await borrow(bank, draw_rules=ONE_PERCENT)
    await borrower.draw(2_000_000)
    await borrower.draw(1_000_000, method="on_demand")
    await bank.work()
    texts = [each.text for each in await bank.messages(borrower.who)]
    [whole] = [text for text in texts if "您借了20,000元，收放款服务费200元，到账19,800元" in text]
    [at_once] = [text for text in texts if "您借了10,000元，收放款服务费100元，到账9,900元" in text]
    assert ("第一期" in whole, "到期一次还" in at_once) == (True, True)


async def test_alarm_and_ceiling_count_the_fee(bank: TestBank) -> None:
    # Without its fee each of these loans costs 5.2 % a year, or 5.27 % on demand.
    rules = DrawRules(alarm_ppm=60_000, ceiling_ppm=80_000, fee=DrawFee(NAME, ppm=10_000))
    borrower = await borrow(bank, draw_rules=rules)
    counted = str(generate_latest(ALARMS))
    soon = bank.clock.today() + timedelta(days=1)
    for months, ends_on in ((3, None), (3, soon)):
        with pytest.raises(Problem) as refused:
            # In a day the fee alone is more than a thousand percent a year.
            await borrower.quote(2_000_000, months, "on_demand", ends_on=ends_on)
        assert (refused.value.status, refused.value.code) == (409, "draw.above_ceiling")
    assert str(generate_latest(ALARMS)) == counted
    await borrower.draw(2_000_000)
    assert str(generate_latest(ALARMS)) != counted


async def test_a_customer_who_saw_another_fee_pays_none(bank: TestBank) -> None:
    borrower = await borrow(bank, draw_rules=ONE_PERCENT)
    quote = await borrower.quote(2_000_000)
    other = quote.model_copy(update={"sha256": (await borrower.quote(2_010_000)).sha256})
    with pytest.raises(Problem) as refused:
        await bank.client().drawdowns.draw(borrower.line_id, borrower.command(other), "i" * 24)
    assert refused.value.code == "quote.changed"
    assert await entries(borrower) == []


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_the_fee_what_was_quoted_is_booked(bank: TestBank, seed: int) -> None:
    lot = Random(seed)  # noqa: S311 (a lot to be drawn again, not a secret)
    fee = DrawFee(
        NAME, lot.choice([0, 1, lot.randint(1, MAX_FEE_PPM)]), lot.randint(0, MAX_FIXED_FEE_FEN // 20)
    )
    borrower = await borrow(bank, draw_rules=DrawRules(fee=fee))
    held_fen = earned_fen = 0
    for _ in range(2):
        amount_fen = lot.randint(10, 300) * 10_000
        method = lot.choice(["level_payment", "equal_principal", "interest_first", "on_demand"])
        quote = await borrower.quote(amount_fen, 12, method)
        order = await borrower.draw(amount_fen, 12, method)
        share = (2 * amount_fen * fee.ppm + 1_000_000) // 2_000_000
        assert quote.fees_fen == share + fee.fixed_fen
        assert ("fee" in order.result) is (quote.fees_fen > 0)
        held_fen, earned_fen = held_fen + quote.received_fen, earned_fen + quote.fees_fen
        assert (await borrower.balance(), await earned(bank)) == (held_fen, earned_fen)
    await books_hold(bank)
