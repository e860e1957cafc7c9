"""年化利率: what a loan costs a year by its cash flows, as PBOC notice 2021-3 asks for it.

The notice counts all costs against the principal that is really used, as a yearly figure. It allows the internal rate
of return in compound or simple form, and the simple form must be named. We use the simple one:

    balance after a payment = balance before × (1 + annual rate × years since the payment before) - payment

The annual rate is the one with which the last payment leaves nothing. Where interest counts by months, a month is a
twelfth of a year, and the annual rate is the contract's rate. Where interest counts by days over 360, a year has 365
days. The annual rate is then 365/360 of the contract's rate: 5.20 % costs 5.27 %.

It is given in percent with two decimals, rounded half up, as millionths: 52,700.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from fractions import Fraction

from mock_partners.bank.core.calculation.accrual import year_fraction
from mock_partners.bank.core.calculation.position import PlannedInstalment, Position
from mock_partners.bank.core.calculation.terms import LoanTerms

YEAR_DAYS = 365
# One hundredth of a percent.
STEP_PPM = 100
# Far above what any plan needs: its rates are at most 100 % a year, and nothing else is charged.
MOST_STEPS = 100_000
# Digits enough for 360 payments at a thousand percent.
_EXACT = Context(prec=60)


@dataclass(frozen=True)
class CashFlow:
    """A payment of the borrower, and the years since the payment before, or since the drawdown."""

    years: Fraction
    amount_fen: int


def annual_rate_ppm(terms: LoanTerms, plan: Sequence[PlannedInstalment] | None = None) -> int:
    """Return the annual rate of a loan that is repaid as planned. `plan`: where the caller has it already."""
    flows, before = [], terms.start
    for instalment in plan or Position.of(terms).plan():
        years = year_fraction(terms, before, instalment.due_on, YEAR_DAYS)
        flows.append(CashFlow(years, instalment.principal_fen + instalment.interest_fen))
        before = instalment.due_on
    return rate_of_flows(terms.principal_fen, flows)


def rate_of_flows(drawn_fen: int, flows: Sequence[CashFlow]) -> int:
    """Return the annual rate, in steps of 0.01 %, at which `flows` repay `drawn_fen`.

    Raises ValueError if they repay less than was drawn, or cost more than a thousand percent a year.
    """
    if sum(flow.amount_fen for flow in flows) < drawn_fen:
        raise ValueError("the payments must repay what was drawn")
    with localcontext(_EXACT):
        exact = [(Decimal(f.years.numerator) / f.years.denominator, Decimal(f.amount_fen)) for f in flows]
        least, most = 0, MOST_STEPS
        if _left_over(drawn_fen, exact, _middle_above(most - 1)) <= 0:
            raise ValueError("the loan costs more than a thousand percent a year")
        # What is left over rises with the rate. Find the first step whose upper rounding bound leaves something.
        while least < most:
            step = (least + most) // 2
            if _left_over(drawn_fen, exact, _middle_above(step)) > 0:
                most = step
            else:
                least = step + 1
    return least * STEP_PPM


def _middle_above(step: int) -> Decimal:
    """Return the rate between this step and the next, from which on half up gives the next."""
    return (Decimal(step) + Decimal("0.5")) * STEP_PPM / 1_000_000


def _left_over(drawn_fen: int, flows: Sequence[tuple[Decimal, Decimal]], rate: Decimal) -> Decimal:
    balance_fen = Decimal(drawn_fen)
    for years, amount_fen in flows:
        balance_fen = balance_fen * (1 + rate * years) - amount_fen
    return balance_fen
