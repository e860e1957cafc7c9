"""A worked example beside a product, at its dearest rate so that nobody is promised too much. For reading only."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from partner_adapters.core_bank.products import Product
from partner_adapters.kit.values.money import round_fen
from partner_adapters.kit.values.rates import rate_fraction

USUAL_AMOUNT_FEN = 1_000_000
USUAL_MONTHS = 12


@dataclass(frozen=True)
class Example:
    """`monthly_fen`: the level payment, None where the product has none; then `interest_fen` is one month's."""

    amount_fen: int
    months: int
    rate_ppm: int
    monthly_fen: int | None
    interest_fen: int


def example(product: Product) -> Example:
    amount_fen = min(max(USUAL_AMOUNT_FEN, product.min_fen), product.max_fen)
    months = USUAL_MONTHS if USUAL_MONTHS in product.tenors_months else max(product.tenors_months)
    rate = rate_fraction(product.rate_to_ppm) / 12
    if "level_payment" not in product.methods:
        interest_fen = round_fen(amount_fen * rate)
        return Example(amount_fen, months, product.rate_to_ppm, None, interest_fen)
    growth = (1 + rate) ** months
    exact = amount_fen * rate * growth / (growth - 1) if rate else Fraction(amount_fen, months)
    monthly_fen = round_fen(exact)
    interest_fen = round_fen(exact * months) - amount_fen
    return Example(amount_fen, months, product.rate_to_ppm, monthly_fen, interest_fen)
