"""When instalments fall due, and how much principal each of them repays. Interest is worked out in `accrual`."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import date
from fractions import Fraction

from mock_partners.bank.core.calculation.terms import LoanTerms, Method
from partner_adapters.kit.values.money import Rounding, round_fen
from partner_adapters.kit.values.rates import rate_fraction


def due_dates(terms: LoanTerms) -> list[date]:
    """Return the last day of each period: one a month, and for 随借随还 only the end of the term."""
    # `LoanTerms` bounds the months (`MAX_MONTHS`), so every plan has at most 360 instalments.
    numbers = [terms.months] if terms.method is Method.ON_DEMAND else range(1, terms.months + 1)
    return [add_months(terms.start, number, terms.due_day) for number in numbers]


def add_months(start: date, months: int, due_day: int) -> date:
    """Return the due day in the month that lies `months` after `start`'s, or that month's last day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(due_day, monthrange(year, month + 1)[1]))


def split_principal(terms: LoanTerms, balance_fen: int, count: int) -> list[int]:
    """Return the principal of each of `count` instalments that together repay `balance_fen`; none is negative.

    Where rounding repays a small balance early, the instalments after it have no principal.
    """
    next_part = _part_calculator(terms, balance_fen, count)
    parts: list[int] = []
    left_fen = balance_fen
    for _ in range(count - 1):
        # Capped: many parts, each rounded up, would otherwise repay more than was lent.
        parts.append(min(next_part(left_fen), left_fen))
        left_fen -= parts[-1]
    return [*parts, left_fen]


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


def _part_calculator(terms: LoanTerms, balance_fen: int, count: int) -> Callable[[int], int]:
    """Return a function from the principal left before an instalment to the principal that it repays."""
    rounding = terms.rules.rounding
    if terms.method is Method.LEVEL_PAYMENT:
        monthly = rate_fraction(terms.rate_ppm) / 12
        payment_fen = level_payment(balance_fen, terms.rate_ppm, count, rounding)
        # Both are rounded, so with a few fen left the payment may be less than the interest.
        return lambda left_fen: max(payment_fen - round_fen(left_fen * monthly, rounding), 0)
    if terms.method is Method.EQUAL_PRINCIPAL:
        part_fen = round_fen(Fraction(balance_fen, count), rounding)
        return lambda left_fen: part_fen
    return lambda left_fen: 0
