"""What a drawdown would be: its full plan, under a hash that the drawdown must name. Writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from sqlalchemy import Connection, Row

from mock_partners.bank.core import wallet
from mock_partners.bank.core.calculation.position import Position
from mock_partners.bank.core.calculation.terms import LoanTerms, Method, ServicingRules, usual_day_count
from mock_partners.bank.core.kernel.canonical import canonical_sha256
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.lines import lines
from mock_partners.bank.core.loans import loans
from mock_partners.bank.core.loans.plans import plan_rows
from partner_adapters.core_bank.lines import AskDraw, DrawQuote
from partner_adapters.core_bank.products import RepaymentMethod
from partner_adapters.kit.values.money import money_params
from partner_adapters.kit.values.problems import Problem, invalid
from partner_adapters.kit.values.wire import content_to_hash


@dataclass(frozen=True)
class Prepared:
    """A draw worked out: what the citizen is shown, and what it would be made of."""

    line: Row[Any]
    account: Row[Any]
    terms: LoanTerms
    quote: DrawQuote


def quote(conn: Connection, ctx: Context, line_id: str, ask: AskDraw) -> DrawQuote:
    """Return the quote of a drawdown. Problems as `prepare` names them."""
    return prepare(conn, ctx, line_id, ask).quote


def prepare(conn: Connection, ctx: Context, line_id: str, ask: AskDraw) -> Prepared:
    """Problems as `partner_adapters.core_bank.lines.Lines.quote` names them; 404 `line.unknown`."""
    line = lines.own_line(conn, ctx, line_id)
    account = wallet.find(conn, ctx.bank_id, customer_id=line.customer_id)
    if account is None or account.state != "open":
        raise Problem(409, "account.not_open")
    _offered(conn, ctx, line, ask)
    terms = _terms(line, ask, ctx.today)
    return Prepared(line, account, terms, _quote(ctx, line, account, terms))


def _terms(line: Row[Any], ask: AskDraw, today: date) -> LoanTerms:
    method = Method(ask.method)
    return LoanTerms(
        principal_fen=ask.amount_fen,
        rate_ppm=line.rate_ppm,
        method=method,
        months=ask.term_months,
        start=today,
        due_day=today.day,  # the house's rule: due on the day of the month on which it was drawn
        day_count=usual_day_count(method),
        rules=ServicingRules.load(line.servicing),
    )


def _quote(ctx: Context, line: Row[Any], account: Row[Any], terms: LoanTerms) -> DrawQuote:
    rows = plan_rows(Position.of(terms))
    said = DrawQuote(
        line_id=line.line_id,
        amount_fen=terms.principal_fen,
        term_months=terms.months,
        method=cast(RepaymentMethod, terms.method.value),
        rate_ppm=terms.rate_ppm,
        business_date=ctx.today,
        ends_on=rows[-1].due_on,
        due_day=terms.due_day,
        rows=rows,
        total_interest_fen=sum(row.interest_fen for row in rows),
        fees_fen=0,
        account_last_four=account.number[-4:],
        contract_number=line.contract_number,
        sha256="0" * 64,
    )
    return said.model_copy(update={"sha256": canonical_sha256(content_to_hash(said, {"sha256"}))})


def _offered(conn: Connection, ctx: Context, row: Row[Any], ask: AskDraw) -> None:
    line = lines.shown(row, ctx)
    owing = loans.of_customer(conn, ctx.bank_id, row.customer_id, open_=True)
    late = any(at.overdue_days for at in loans.positions(conn, owing, ctx.today))
    if line.state != "open" or late:
        raise Problem(409, "line.not_open", "a loan is overdue" if late else "")
    if ask.term_months not in line.tenors_months:
        raise invalid("term_months", "term.not_offered")
    if ask.method not in line.methods:
        raise invalid("method", "method.not_offered")
    if ask.amount_fen < line.min_draw_fen:
        raise invalid("amount", "amount.too_small", **money_params(min=line.min_draw_fen))
    if ask.amount_fen > line.available_fen:
        raise invalid("amount", "amount.too_large", **money_params(max=line.available_fen))
    if ask.amount_fen % line.step_fen:
        raise invalid("amount", "amount.not_a_step", **money_params(step=line.step_fen))
