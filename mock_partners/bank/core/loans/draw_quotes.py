"""Quotes for drawdowns: the full plan under a hash that the drawdown must name. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from mock_partners.bank.core import wallet
from mock_partners.bank.core.calculation.agreement import DueDayNotOffered, EndOutOfTerm, agree
from mock_partners.bank.core.calculation.annual_rate import TooDear, annual_rate_ppm
from mock_partners.bank.core.calculation.draw_rules import DrawRules, fee_of
from mock_partners.bank.core.calculation.position import Position
from mock_partners.bank.core.calculation.terms import LoanTerms, Method, ServicingRules
from mock_partners.bank.core.kernel.canonical import canonical_sha256
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.lines.records import LineRecord, read_own_line
from mock_partners.bank.core.lines.states import LINE_STATES, LineEvent
from mock_partners.bank.core.loans.before_the_close import positions_to_show
from mock_partners.bank.core.loans.records import unsettled_loans_of_customer
from mock_partners.bank.core.loans.wire import plan_to_wire
from partner_adapters.core_bank.drawdowns import AskDraw, DrawQuote
from partner_adapters.kit.values.money import money_params
from partner_adapters.kit.values.problems import Problem, invalid
from partner_adapters.kit.values.wire import content_to_hash


@dataclass(frozen=True)
class PreparedDraw:
    """A draw worked out: the quote that the customer sees, and what the loan would be made of."""

    line: LineRecord
    account: wallet.AccountRecord
    terms: LoanTerms
    quote: DrawQuote


def quote(conn: Connection, ctx: Context, line_id: str, ask: AskDraw) -> DrawQuote:
    """Return the quote of a drawdown. Problems as `prepare` names them."""
    return prepare(conn, ctx, line_id, ask).quote


def prepare(conn: Connection, ctx: Context, line_id: str, ask: AskDraw) -> PreparedDraw:
    """Work a draw out. Problems as `partner_adapters.core_bank.lines.Lines.quote` names them; 404 `line.unknown`."""
    line = read_own_line(conn, ctx, line_id)
    account = wallet.require_open(wallet.find_account_of_customer(conn, ctx.bank_id, line.customer_id))
    _require_offered(conn, ctx, line, ask)
    _require_room(conn, ctx, account, ask)
    terms = terms_asked_for(line.servicing, line.rate_ppm, ask, ctx.today)
    return PreparedDraw(line, account, terms, _quote(line, account.number, terms))


def terms_asked_for(rules: ServicingRules, rate_ppm: int, ask: AskDraw, start: date) -> LoanTerms:
    """Return the terms of the loan that is asked for.

    Problems 422 `due_day.not_offered`, `ends_on.of_on_demand_only`, `ends_on.out_of_term`.
    """
    method = Method(ask.method)
    if ask.ends_on is not None and method is not Method.ON_DEMAND:
        raise invalid("ends_on", "ends_on.of_on_demand_only")
    try:
        return agree(
            rules,
            principal_fen=ask.amount_fen,
            rate_ppm=rate_ppm,
            method=method,
            months=ask.term_months,
            start=start,
            due_day=ask.due_day,
            ends_on=ask.ends_on,
        )
    except DueDayNotOffered as error:
        raise invalid("due_day", "due_day.not_offered") from error
    except EndOutOfTerm as error:
        days = {"first": error.first.isoformat(), "last": error.last.isoformat()}
        raise invalid("ends_on", "ends_on.out_of_term", **days) from error


def _quote(line: LineRecord, account_number: str, terms: LoanTerms) -> DrawQuote:
    position, fee = Position.of(terms), line.draw_rules.fee
    rows = plan_to_wire(position)
    fees_fen = fee_of(fee, terms.principal_fen)
    unsealed = DrawQuote(
        line_id=line.line_id,
        amount_fen=terms.principal_fen,
        term_months=terms.months,
        method=terms.method.value,
        rate_ppm=terms.rate_ppm,
        annual_rate_ppm=require_below_ceiling(line.draw_rules, terms, position, fees_fen),
        business_date=terms.start,
        ends_on=rows[-1].due_on,
        due_day=terms.due_day,
        rows=rows,
        total_interest_fen=sum(row.interest_fen for row in rows),
        fees_fen=fees_fen,
        fee_name=None if fee is None else fee.name,
        early_repayment=terms.rules.early_repayment,
        account_last_four=account_number[-4:],
        contract_number=line.contract_number,
        sha256="0" * 64,
    )
    return unsealed.model_copy(update={"sha256": canonical_sha256(content_to_hash(unsealed, {"sha256"}))})


def require_below_ceiling(rules: DrawRules, terms: LoanTerms, position: Position, fees_fen: int) -> int:
    """Return what the loan costs a year. Problem 409 `draw.above_ceiling`."""
    above = Problem(409, "draw.above_ceiling", params={"ceiling_ppm": rules.ceiling_ppm})
    try:
        annual_ppm = annual_rate_ppm(terms, position.plan(), fees_fen)
    except TooDear as error:
        # A fee on a loan of a few days.
        raise above from error
    if annual_ppm > rules.ceiling_ppm:
        raise above
    return annual_ppm


def _require_room(conn: Connection, ctx: Context, account: wallet.AccountRecord, ask: AskDraw) -> None:
    """Refuse a loan that the account may not contain. What orders hold or bring counts: it may come back, or in."""
    room_fen = wallet.room(conn, ctx, account)
    if room_fen is not None and ask.amount_fen > room_fen:
        raise no_room(room_fen)


def no_room(room_fen: int) -> Problem:
    """Return the refusal of a loan that the account may not contain."""
    return invalid("amount", "account_limit.balance", **money_params(room=room_fen))


def _require_offered(conn: Connection, ctx: Context, line: LineRecord, ask: AskDraw) -> None:
    loans = unsettled_loans_of_customer(conn, ctx.bank_id, line.customer_id)
    if any(position.overdue_days for position in positions_to_show(conn, ctx, loans)):
        raise Problem(409, "line.not_open", "a loan is overdue")
    LINE_STATES.next_state(line.state_on(ctx.today), LineEvent.DRAW)
    available_fen = line.available_on(ctx.today)
    if ask.term_months not in line.tenors_months:
        raise invalid("term_months", "term.not_offered")
    if ask.method not in line.methods:
        raise invalid("method", "method.not_offered")
    if ask.amount_fen < line.min_draw_fen:
        raise invalid("amount", "amount.too_small", **money_params(min=line.min_draw_fen))
    if ask.amount_fen > available_fen:
        raise invalid("amount", "amount.too_large", **money_params(max=available_fen))
    if ask.amount_fen % line.step_fen:
        raise invalid("amount", "amount.not_a_step", **money_params(step=line.step_fen))
    if ask.amount_fen > line.draw_rules.self_paid_up_to_fen:
        # Paying the payee (受托支付) is not built yet.
        raise invalid(
            "amount", "draw.entrusted_only", **money_params(max=line.draw_rules.self_paid_up_to_fen)
        )
