"""年化利率: what a loan costs a year by its cash flows, as PBOC notice 2021-3 asks for it.

The notice counts all costs against the principal that is really used, as a yearly figure. A fee charged up front is
less principal to use. The notice allows the internal rate of return in compound or simple form, and the simple form
must be named. `annual_rate_ppm` is the simple one, which pages and contracts state:

    balance after a payment = balance before × (1 + annual rate × years since the payment before) - payment

`compound_rate_ppm` is the compound one. There the balance grows by (1 + annual rate) ^ years. Each rate is the one with
which the last payment leaves nothing.

Time counts as the loan's interest does, but a year of days has 365 of them where interest counts days over 360. So the
simple rate of a loan without fees is the contract's rate. For days over 360 it is 365/360 of that: 5.20 % costs
5.27 %.

Rates are given in percent with two decimals, rounded half up, as millionths: 52,700.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from functools import cache

from mock_partners.bank.core.calculation.accrual import years_of_period
from mock_partners.bank.core.calculation.position import PlannedInstalment, Position
from mock_partners.bank.core.calculation.terms import LoanTerms

# One hundredth of a percent.
STEP_PPM = 100
# A thousand percent: far above what any plan without fees needs, whose rates are at most 100 % a year.
MOST_STEPS = 100_000
# At a simple rate of a thousand percent the compound one is below e^10 times as much as the principal.
MOST_COMPOUND_STEPS = 10_000 * 22_027
# Digits enough for 360 payments at a thousand percent.
_EXACT = Context(prec=60)
# From a yearly rate to the growth of a balance over some years.
Growth = Callable[[Decimal, Decimal], Decimal]


@dataclass(frozen=True)
class CashFlow:
    """A payment of the borrower, and the years since the payment before, or since the drawdown."""

    years: Fraction
    amount_fen: int


class TooDear(ValueError):
    """The loan costs more than a thousand percent a year."""


def annual_rate_ppm(
    terms: LoanTerms, plan: Sequence[PlannedInstalment] | None = None, fee_fen: int = 0
) -> int:
    """Return the annual rate in simple form of a loan that is repaid as planned.

    `plan`: where the caller has it already. `fee_fen`: what is charged at the drawdown. Errors as `rate_of_flows`.
    """
    return rate_of_flows(terms.principal_fen - fee_fen, flows_of(terms, plan or Position.of(terms).plan()))


def flows_of(terms: LoanTerms, plan: Sequence[PlannedInstalment]) -> list[CashFlow]:
    """Return what the borrower pays, as planned."""
    flows, before = [], terms.start
    for instalment in plan:
        years = years_of_period(terms, before, instalment.due_on)
        flows.append(CashFlow(years, instalment.principal_fen + instalment.interest_fen))
        before = instalment.due_on
    return flows


def rate_of_flows(received_fen: int, flows: Sequence[CashFlow]) -> int:
    """Return the simple annual rate, in steps of 0.01 %, at which `flows` repay what the borrower received.

    Raises ValueError if they repay less than that or it is nothing, and `TooDear`.
    """
    return _first_step(received_fen, flows, lambda rate, years: 1 + rate * years, MOST_STEPS)


def compound_rate_of_flows(received_fen: int, flows: Sequence[CashFlow]) -> int:
    """Return the same rate in compound form. Errors as `rate_of_flows`."""
    return _first_step(received_fen, flows, lambda rate, years: (1 + rate) ** years, MOST_COMPOUND_STEPS)


def _first_step(received_fen: int, flows: Sequence[CashFlow], growth: Growth, most: int) -> int:
    if received_fen <= 0 or sum(flow.amount_fen for flow in flows) < received_fen:
        raise ValueError("the payments must repay what was received")
    with localcontext(_EXACT):
        exact = [(Decimal(f.years.numerator) / f.years.denominator, Decimal(f.amount_fen)) for f in flows]

        def is_above(step: int) -> bool:
            # From the middle above a step on, half up gives the next one.
            rate = (Decimal(step) + Decimal("0.5")) * STEP_PPM / 1_000_000
            return _left_over(received_fen, exact, rate, growth) > 0

        if not is_above(most - 1):
            raise TooDear("the loan costs more than a thousand percent a year")
        # What is left over rises with the rate. Find the first step whose upper rounding bound leaves something.
        least = 0
        while least < most:
            step = (least + most) // 2
            if is_above(step):
                most = step
            else:
                least = step + 1
    return least * STEP_PPM


def _left_over(
    received_fen: int, flows: Sequence[tuple[Decimal, Decimal]], rate: Decimal, growth: Growth
) -> Decimal:
    # A plan has few different periods, and a power takes long.
    growth_over = cache(lambda years: growth(rate, years))
    balance_fen = Decimal(received_fen)
    for years, amount_fen in flows:
        balance_fen = balance_fen * growth_over(years) - amount_fen
    return balance_fen
