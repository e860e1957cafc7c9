"""Worked examples for visitors: what a loan of a product would cost, with its whole plan. Nothing is written.

The product's highest rate is used, so that no customer is promised a lower cost than a decision gives.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from mock_partners.bank.core.calculation.annual_rate import annual_rate_ppm, compound_rate_of_flows, flows_of
from mock_partners.bank.core.calculation.draw_rules import fee_of
from mock_partners.bank.core.calculation.position import Position
from mock_partners.bank.core.calculation.terms import LoanTerms
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.loans.draw_quotes import require_below_ceiling, terms_asked_for
from mock_partners.bank.core.loans.wire import plan_to_wire
from mock_partners.bank.core.products.catalogue import offered
from mock_partners.bank.core.products.document import Asking
from partner_adapters.core_bank.drawdowns import AskDraw, WorkedExample
from partner_adapters.core_bank.products import AnnualRate
from partner_adapters.kit.values.money import money_params
from partner_adapters.kit.values.problems import invalid


def work_out(conn: Connection, ctx: Context, code: str, ask: AskDraw) -> WorkedExample:
    """Return the example. Problem 404 `product.unknown`; others as `Drawdowns.work_out` names them."""
    document = offered(conn, ctx.bank_id, code, ctx.today)
    _require_offered(document.asking, ask)
    least_ppm, most_ppm = (
        document.rate_ppm(ctx.parameters.lpr_ppm, grade(document.price.grades_bp)) for grade in (min, max)
    )
    terms = terms_asked_for(document.loan_rules, most_ppm, ask, ctx.today)
    position = Position.of(terms)
    plan, rows = position.plan(), plan_to_wire(position)
    fee = document.draw_fee
    fees_fen = fee_of(fee, ask.amount_fen)
    return WorkedExample(
        product_code=code,
        amount_fen=ask.amount_fen,
        term_months=ask.term_months,
        method=ask.method,
        rate_ppm=terms.rate_ppm,
        annual_rate_ppm=require_below_ceiling(document.draw_rules, terms, position, fees_fen),
        compound_rate_ppm=compound_rate_of_flows(terms.principal_fen - fees_fen, flows_of(terms, plan)),
        lowest=_cost(replace(terms, rate_ppm=least_ppm), fees_fen),
        business_date=ctx.today,
        due_day=terms.due_day,
        rows=rows,
        total_interest_fen=sum(row.interest_fen for row in rows),
        fees_fen=fees_fen,
        fee_name=None if fee is None else fee.name,
    )


def _cost(terms: LoanTerms, fees_fen: int) -> AnnualRate:
    plan = Position.of(terms).plan()
    return AnnualRate(
        method=terms.method.value,
        annual_rate_ppm=annual_rate_ppm(terms, plan, fees_fen),
        total_interest_fen=sum(instalment.interest_fen for instalment in plan),
    )


def _require_offered(asking: Asking, ask: AskDraw) -> None:
    if ask.term_months not in asking.tenors_months:
        raise invalid("term_months", "term.not_offered")
    if ask.method not in asking.methods:
        raise invalid("method", "method.not_offered")
    if ask.amount_fen < asking.min_fen:
        raise invalid("amount", "amount.too_small", **money_params(min=asking.min_fen))
    if ask.amount_fen > asking.max_fen:
        raise invalid("amount", "amount.too_large", **money_params(max=asking.max_fen))
    if ask.amount_fen % asking.step_fen:
        raise invalid("amount", "amount.not_a_step", **money_params(step=asking.step_fen))
