"""Each proof of lending sees what the triggers would have stopped."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from mock_partners.bank.core.calculation.draw_rules import DrawFee, DrawRules
from mock_partners.bank.core.loans.proofs import PROOFS
from partner_adapters.kit.values.clock import FixedClock
from tests.support.databases.breaking import seen
from tests.support.houses.core import TestBank, running_bank
from tests.support.people.borrowers import books_hold, borrow, live
from tests.support.people.card_repaying import repaid_by_card

pytestmark = pytest.mark.anyio
BREACHES = [
    ("UPDATE loan SET principal_fen = principal_fen + 1", "lending.principal_fen_ties_to_loans.principal"),
    ("UPDATE loan SET principal_fen = principal_fen + 1", "lending.outstanding_is_drawn_less_repaid"),
    ("UPDATE loan SET principal_fen = principal_fen + 1", "lines.used_is_what_is_outstanding"),
    ("UPDATE loan SET interest_fen = 7", "lending.interest_fen_ties_to_loans.interest_receivable"),
    ("UPDATE loan SET penalty_fen = 7", "lending.penalty_fen_ties_to_loans.penalty_receivable"),
    ("UPDATE repayment SET interest_fen = 7", "lending.income.interest_is_owed_or_paid"),
    ("UPDATE repayment SET penalty_fen = 7", "lending.income.penalty_is_owed_or_paid"),
    ("UPDATE loan SET interest_fen = 7", "lending.interest_fen_of_each_loan_was_booked_on_it"),
    ("UPDATE loan SET penalty_fen = 7", "lending.penalty_fen_of_each_loan_was_booked_on_it"),
    (
        "UPDATE journal SET value_date = '2020-01-01' WHERE kind = 'accrual'",
        "lending.each_night_is_booked_for_its_loan",
    ),
    (
        "UPDATE journal SET value_date = business_date WHERE kind = 'accrual_correction'",
        "lending.each_night_is_corrected_by_its_repayment",
    ),
    ("UPDATE loan SET terms = '{}'", "lending.loans_are_as_their_lines_and_orders"),
    ("UPDATE repayment SET principal_fen = 7", "lending.repayments_shared_as_booked"),
    (
        "UPDATE posting SET amount_fen = amount_fen + 7 WHERE debit_code = 'loans.repayments' AND bank_id = 'hzw'",
        "lending.no_repayment_on_its_way",
    ),
    (
        "UPDATE repayment SET principal_fen = principal_fen - 1",
        "lending.repayments_are_the_sum_of_their_parts",
    ),
    ("DELETE FROM loan", "lending.drawdowns_booked_as_ordered"),
    (
        "UPDATE posting SET credit_code = 'income.interest' WHERE debit_code = 'loans.principal'",
        "lending.drawdowns_booked_as_ordered",
    ),
    (
        "UPDATE posting SET amount_fen = amount_fen - 1 WHERE credit_code = 'income.fees'",
        "lending.drawdowns_took_the_quoted_fee",
    ),
    (
        "UPDATE posting SET credit_code = 'income.interest' WHERE credit_code = 'income.fees'",
        "lending.drawdowns_took_the_quoted_fee",
    ),
    ("UPDATE loan SET agreed = json_set(agreed, '$.fees', '0.00')", "lending.drawdowns_took_the_quoted_fee"),
    ("DELETE FROM repayment", "lending.repayments_booked_as_ordered"),
    ("UPDATE repayment SET amount_fen = 7", "lending.repayments_booked_as_ordered"),
    (
        "UPDATE customer_order SET state = 'failed' WHERE kind = 'repayment'",
        "lending.nothing_booked_without_order",
    ),
    ("UPDATE loan SET drawn_on = '2026-11-25'", "lending.dated_as_booked"),
    ("UPDATE credit_line SET used_fen = 7", "lines.used_is_what_is_outstanding"),
    (
        "INSERT INTO settlement_certificate (bank_id, loan_id, number, settled_on, issued_on)"
        " SELECT bank_id, loan_id, 'JQ-1', drawn_on, drawn_on FROM loan",
        "lending.certified_loans_owe_nothing",
    ),
]


@pytest.fixture
async def lent(anyio_backend: str, tmp_path: Path, clock: FixedClock) -> AsyncIterator[TestBank]:
    """One loan with a fee, repaid in part after days, and from the card before a night that is booked; on SQLite."""
    async with running_bank(f"sqlite:///{tmp_path / 'core.sqlite'}", tmp_path, clock) as made:
        fee = DrawFee({"zh": "放款服务费", "en": "Loan service fee"}, ppm=10_000)
        borrower = await borrow(made, draw_rules=DrawRules(fee=fee))
        loan_id = await borrower.drawn(2_000_000)
        await live(made, date(2026, 12, 4))
        await borrower.repay(loan_id, "part", 500_000)
        await made.consents(borrower.customer_id, ["card_debit"])
        await repaid_by_card(borrower, loan_id, "part", 100_000, nights=1)
        yield made


async def test_each_breach_is_seen(lent: TestBank) -> None:
    await books_hold(lent)
    await seen(lent, BREACHES)


def test_every_proof_of_lending_is_broken_once() -> None:
    assert {name for _, name in BREACHES} == {proof.name for proof in PROOFS}
