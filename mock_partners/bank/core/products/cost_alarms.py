"""The total financing cost: what a loan costs a year, against the alarm and the ceiling of its product."""

from __future__ import annotations

from datetime import date

from prometheus_client import Counter

from mock_partners.bank.core.calculation.draw_rules import DrawRules
from mock_partners.bank.core.products.annual_rates import annual_rates
from mock_partners.bank.core.products.document import ProductDocument
from partner_adapters.core_bank.products import AnnualRates
from partner_adapters.kit.web.logs import log

# Of no registry: each core registers it with its own.
ALARMS = Counter(
    "core_bank_cost_alarms",
    "Contracts and loans above their product's alarm",
    ("bank_id", "kind"),
    registry=None,
)


def is_above_ceiling(document: ProductDocument, rate_ppm: int, today: date) -> bool:
    """Whether the sample loan of the cost table would cost more a year at this contract rate than is allowed."""
    return cost_of_sample_ppm(document, rate_ppm, today) > document.costs.ceiling_ppm


def cost_of_sample_ppm(document: ProductDocument, rate_ppm: int, today: date) -> int:
    """Return what the sample loan of the cost table costs a year, by the method that costs most."""
    costs, methods = document.costs, document.asking.methods
    sample = annual_rates(
        rate_ppm,
        methods,
        costs.sample_months,
        today,
        document.loan_rules,
        document.draw_fee,
        costs.sample_amount_fen,
    )
    return sample.highest_ppm


def rates_of_least_draw(document: ProductDocument, rate_ppm: int, today: date) -> AnnualRates:
    """Return what the least loan that may be drawn costs a year over the shortest term, repaid as planned.

    A fee weighs most there. Only a loan that the borrower ends before its term can cost much more.
    """
    asking, line = document.asking, document.line
    least_fen = -(-line.min_draw_fen // line.step_fen) * line.step_fen
    months, rules = min(asking.tenors_months), document.loan_rules
    return annual_rates(rate_ppm, asking.methods, months, today, rules, document.draw_fee, least_fen)


def watch_cost(rules: DrawRules, annual_rate_ppm: int, bank_id: str, product_code: str) -> None:
    """Log and count an annual rate above the alarm."""
    if annual_rate_ppm > rules.alarm_ppm:
        log.warning("cost.above_alarm", bank_id=bank_id, kind=product_code)
        ALARMS.labels(bank_id, product_code).inc()
