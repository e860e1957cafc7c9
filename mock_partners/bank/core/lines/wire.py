"""A credit line as its customer sees it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from mock_partners.bank.core.calculation.agreement import offered_due_days
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.lines.records import LineRecord, read_own_line
from mock_partners.bank.core.products.annual_rates import annual_rates, usual_months
from partner_adapters.core_bank.blacklist import Blacklisting
from partner_adapters.core_bank.lines import Line


def show_line(conn: Connection, ctx: Context, line_id: str) -> Line:
    """Return the line. Problem 404 `line.unknown`."""
    return line_to_wire(read_own_line(conn, ctx, line_id), ctx.today)


def line_to_wire(line: LineRecord, today: date) -> Line:
    """Return the wire model, with the state and what is available today."""
    return Line(
        line_id=line.line_id,
        product_code=line.product_code,
        product_name=line.product_name,
        contract_id=line.contract_id,
        contract_number=line.contract_number,
        state=line.state_on(today),
        revolving=line.revolving,
        limit_fen=line.limit_fen,
        used_fen=line.used_fen,
        held_fen=line.held_fen,
        available_fen=line.available_on(today),
        min_draw_fen=line.min_draw_fen,
        step_fen=line.step_fen,
        rate_ppm=line.rate_ppm,
        rates=annual_rates(
            line.rate_ppm,
            line.methods,
            usual_months(line.tenors_months),
            today,
            line.servicing,
            line.draw_rules.fee,
        ),
        ends_on=line.ends_on,
        tenors_months=line.tenors_months,
        methods=line.methods,
        due_days=offered_due_days(line.servicing, today),
        blacklisting=_blacklisting(line, today),
    )


def _blacklisting(line: LineRecord, today: date) -> Blacklisting | None:
    if line.blacklisting is None or not line.is_suspended_on(today):
        return None
    return Blacklisting(reason=line.blacklisting.reason, ends_on=line.blacklisting.ends_on)
