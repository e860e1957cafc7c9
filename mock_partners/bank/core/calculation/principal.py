"""How much principal each instalment repays.

A level payment is worked out in one of two ways. By the nominal formula, instalments repay what a plan of whole months
would. Interest by days, or a first period of its own, changes an instalment's total. Solved, all totals but the last
are equal. The payment is the one with which the last total differs least, under the loan's own day count.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Context, Decimal, localcontext
from fractions import Fraction

from mock_partners.bank.core.calculation import accrual
from mock_partners.bank.core.calculation.terms import LevelPayment, LoanTerms, Method
from partner_adapters.kit.values.money import Rounding, round_fen
from partner_adapters.kit.values.rates import rate_fraction

# First day and due date.
Period = tuple[date, date]
# Digits enough to find the fen of a payment over 360 periods at 100 % a year.
_CLOSE = Context(prec=60)


def split_principal(
    terms: LoanTerms, balance_fen: int, periods: Sequence[Period], today: date | None = None
) -> list[int]:
    """Return the principal that each period repays of `balance_fen`; none is negative, and they add up to it.

    `today`: the day inside the first period from which this balance is owed, where that is not the first.
    Where rounding repays a small balance early, the instalments after it have no principal.
    """
    if terms.method is Method.LEVEL_PAYMENT and terms.rules.repayment.level_payment is LevelPayment.SOLVED:
        return _split_evenly(terms, balance_fen, _fractions(terms, periods, today))
    return _fill(balance_fen, len(periods), _nominal_part(terms, balance_fen, len(periods)))


def level_payment(balance_fen: int, rate_ppm: int, months: int, rounding: Rounding) -> int:
    """Return the monthly payment that repays a balance in equal amounts, interest included, in whole fen."""
    return round_fen(exact_level_payment(balance_fen, rate_ppm, months), rounding)


def exact_level_payment(balance_fen: int, rate_ppm: int, months: int) -> Fraction:
    """Return the same payment as an exact fraction of a fen, for callers that add up before they round."""
    monthly = rate_fraction(rate_ppm) / 12
    if not monthly:
        return Fraction(balance_fen, months)
    growth = (1 + monthly) ** months
    return balance_fen * monthly * growth / (growth - 1)


def _fill(balance_fen: int, count: int, next_part: Callable[[int, int], int]) -> list[int]:
    parts: list[int] = []
    left_fen = balance_fen
    for number in range(count - 1):
        # Capped: many parts, each rounded up, would otherwise repay more than was lent.
        parts.append(min(next_part(number, left_fen), left_fen))
        left_fen -= parts[-1]
    return [*parts, left_fen]


def _nominal_part(terms: LoanTerms, balance_fen: int, count: int) -> Callable[[int, int], int]:
    """Return a function from an instalment and the principal left before it to the principal that it repays."""
    rounding = terms.rules.rounding
    if terms.method is Method.LEVEL_PAYMENT:
        monthly = rate_fraction(terms.rate_ppm) / 12
        payment_fen = level_payment(balance_fen, terms.rate_ppm, count, rounding)
        # Both are rounded, so with a few fen left the payment may be less than the interest.
        return lambda _, left_fen: max(payment_fen - round_fen(left_fen * monthly, rounding), 0)
    if terms.method is Method.EQUAL_PRINCIPAL:
        part_fen = round_fen(Fraction(balance_fen, count), rounding)
        return lambda _, left_fen: part_fen
    return lambda _, left_fen: 0


def _fractions(terms: LoanTerms, periods: Sequence[Period], today: date | None) -> list[Fraction]:
    """Return what a balance of one fen costs in each period."""
    stretches = [(start, due_on) for start, due_on in periods]
    stretches[0] = (today or stretches[0][0], stretches[0][1])
    return [
        accrual.interest(terms, start, due_on, 1, stretch)
        for (start, due_on), stretch in zip(periods, stretches, strict=True)
    ]


def _split_evenly(terms: LoanTerms, balance_fen: int, rates: Sequence[Fraction]) -> list[int]:
    rounding = terms.rules.rounding

    def parts_of(payment_fen: int) -> list[int]:
        def next_part(number: int, left_fen: int) -> int:
            # A long first period can cost more than the payment. Then it repays nothing.
            return max(payment_fen - round_fen(left_fen * rates[number], rounding), 0)

        return _fill(balance_fen, len(rates), next_part)

    def imbalance(payment_fen: int) -> int:
        last_fen = parts_of(payment_fen)[-1]
        return abs(last_fen + round_fen(last_fen * rates[-1], rounding) - payment_fen)

    exact_fen = _exact_payment(balance_fen, rates)
    # Rounding the rows moves the best payment by less than a fen from the exact one.
    return parts_of(min(range(exact_fen - 1, exact_fen + 3), key=imbalance))


def _exact_payment(balance_fen: int, rates: Sequence[Fraction]) -> int:
    """Return the payment that closes the plan if no row is rounded, rounded down to a fen."""
    with localcontext(_CLOSE):
        growth, payments = Decimal(1), Decimal(0)
        for rate in rates:
            factor = 1 + Decimal(rate.numerator) / rate.denominator
            growth, payments = growth * factor, payments * factor + 1
        return int(balance_fen * growth / payments)
