"""The worked example beside a product: what a usual loan costs at the product's highest rate.

The highest rate is used so that no customer is promised a lower cost than the decision gives them.
"""

from __future__ import annotations

from mock_partners.bank.core.calculation.draw_rules import fee_of
from mock_partners.bank.core.calculation.principal import exact_level_payment
from mock_partners.bank.core.products.annual_rates import USUAL_AMOUNT_FEN, usual_months
from mock_partners.bank.core.products.document import ProductDocument
from partner_adapters.core_bank.products import ProductExample
from partner_adapters.kit.values.money import round_fen
from partner_adapters.kit.values.rates import rate_fraction


def example_of(document: ProductDocument, lpr_ppm: int) -> ProductExample:
    """Return the usual amount and term, moved into what the product offers, with their cost at today's LPR."""
    asking, rounding = document.asking, document.loan_rules.rounding
    amount_fen = min(max(USUAL_AMOUNT_FEN, asking.min_fen), asking.max_fen)
    months = usual_months(asking.tenors_months)
    rate_ppm = document.rate_ppm(lpr_ppm, max(document.price.grades_bp))
    if "level_payment" in asking.methods:
        payment = exact_level_payment(amount_fen, rate_ppm, months)
        monthly_fen = round_fen(payment, rounding)
        # Multiplied before rounding: twelve payments rounded to the fen would move the total by up to six fen.
        interest_fen = round_fen(payment * months, rounding) - amount_fen
    else:
        monthly_fen = None
        interest_fen = round_fen(amount_fen * rate_fraction(rate_ppm) / 12, rounding)
    return ProductExample(
        amount_fen=amount_fen,
        months=months,
        rate_ppm=rate_ppm,
        monthly_fen=monthly_fen,
        interest_fen=interest_fen,
        fees_fen=fee_of(document.draw_fee, amount_fen),
    )
