"""When instalments fall due, and how much principal each brings back. Interest is the business of `accrual`."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import date
from fractions import Fraction

from mock_partners.bank.core.calculation.terms import LoanTerms, Method
from partner_adapters.kit.values.money import Rounding, round_fen
from partner_adapters.kit.values.rates import rate_fraction


def due_dates(terms: LoanTerms) -> list[date]:
    """The last day of each period. One a month; 随借随还 has a single one, at the end."""
    numbers = [terms.months] if terms.method is Method.ON_DEMAND else range(1, terms.months + 1)
    return [anchored(terms.start, number, terms.due_day) for number in numbers]


def anchored(start: date, months: int, due_day: int) -> date:
    """The due day of the month that lies `months` after `start`'s, or that month's last day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(due_day, monthrange(year, month + 1)[1]))


def principals(terms: LoanTerms, balance_fen: int, rows: int) -> list[int]:
    """How `balance_fen` comes back over `rows` instalments, to the fen; none is negative.

    Where rounding brings a small balance back early, the instalments after it are 0: it never overshoots.
    """
    part_of = _part_of(terms, balance_fen, rows)
    plan: list[int] = []
    left = balance_fen
    for _ in range(rows - 1):
        plan.append(min(part_of(left), left))
        left -= plan[-1]
    return [*plan, left]


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


def _part_of(terms: LoanTerms, balance_fen: int, rows: int) -> Callable[[int], int]:
    """The principal of the next instalment, given what is left before it."""
    rounding = terms.rules.rounding
    if terms.method is Method.LEVEL_PAYMENT:
        monthly = rate_fraction(terms.rate_ppm) / 12
        payment = level_payment(balance_fen, terms.rate_ppm, rows, rounding)
        # Both are rounded, so on a few fen the payment may fall short of the interest.
        return lambda left: max(payment - round_fen(left * monthly, rounding), 0)
    if terms.method is Method.EQUAL_PRINCIPAL:
        part = round_fen(Fraction(balance_fen, rows), rounding)
        return lambda left: part
    return lambda left: 0
