"""Credit lines as the core reads them: one place that turns a row into a record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from mock_partners.bank.core.blacklist.records import EntryRecord, find_standing
from mock_partners.bank.core.calculation.draw_rules import DrawRules
from mock_partners.bank.core.calculation.terms import ServicingRules
from mock_partners.bank.core.customers import read_customer
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.lines.states import LINE_STATES, LineEvent
from mock_partners.bank.core.lines.tables import credit_line
from partner_adapters.core_bank.lines import LineState
from partner_adapters.core_bank.products import RepaymentMethod
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.texts import Text

_t = credit_line.c
_OF_CUSTOMER = (
    select(credit_line)
    .where(_t.bank_id == bindparam("bank_id"), _t.customer_id == bindparam("customer_id"))
    .order_by(_t.opened_at.desc(), _t.line_id)
)


@dataclass(frozen=True)
class LineRecord:
    """One credit line. `servicing`: the rules that every loan under it takes over. `draw_rules`: of each draw.

    `blacklisting`: the entry of the bank's own list that stands about the customer on the day of reading, or None. It
    suspends draws (decision 0038).
    """

    line_id: str
    customer_id: str
    contract_id: str
    contract_number: str
    product_code: str
    product_name: Text
    state: LineState
    revolving: bool
    limit_fen: int
    used_fen: int
    held_fen: int
    rate_ppm: int
    ends_on: date
    min_draw_fen: int
    step_fen: int
    tenors_months: list[int]
    methods: list[RepaymentMethod]
    servicing: ServicingRules
    draw_rules: DrawRules
    blacklisting: EntryRecord | None = None

    def state_on(self, day: date) -> LineState:
        """Return the state on a day: after its last day the line has ended, and it is frozen while an entry stands."""
        if self.ends_on < day:
            return LINE_STATES.next_state(self.state, LineEvent.END)
        if self.is_suspended_on(day) and LINE_STATES.allows(self.state, LineEvent.FREEZE):
            return LINE_STATES.next_state(self.state, LineEvent.FREEZE)
        return self.state

    def is_suspended_on(self, day: date) -> bool:
        """Whether the bank's own list suspends draws on this day."""
        return self.blacklisting is not None and self.blacklisting.stands_on(day)

    def available_on(self, day: date) -> int:
        """Return what may be drawn on a day, in fen; nothing unless the line is open."""
        if not LINE_STATES.allows(self.state_on(day), LineEvent.DRAW):
            return 0
        return self.limit_fen - self.used_fen - self.held_fen


def read_line(conn: Connection, ctx: Context, line_id: str) -> LineRecord:
    """Return the line. Problem 404 `line.unknown`."""
    query = select(credit_line).where(_t.bank_id == ctx.bank_id, _t.line_id == line_id)
    row = conn.execute(query).first()
    if row is None:
        raise Problem(404, "line.unknown")
    return _record(row, _blacklisting(conn, ctx, row.customer_id))


def read_own_line(conn: Connection, ctx: Context, line_id: str) -> LineRecord:
    """Return the line. Problem 404 `line.unknown`, also if its customer is not one of the caller's partner."""
    line = read_line(conn, ctx, line_id)
    require_own_customer(conn, ctx, line.customer_id, "line.unknown")
    return line


def lines_of_customer(conn: Connection, ctx: Context, customer_id: str) -> list[LineRecord]:
    """Return the customer's lines, newest first, including those that have ended."""
    own = {"bank_id": ctx.bank_id, "customer_id": customer_id}
    rows = conn.execute(_OF_CUSTOMER, own).all()
    blacklisting = _blacklisting(conn, ctx, customer_id) if rows else None
    return [_record(row, blacklisting) for row in rows]


def _blacklisting(conn: Connection, ctx: Context, customer_id: str) -> EntryRecord | None:
    # Of the person alone: the contract is with the person, and no business is a party to it.
    subject = read_customer(conn, ctx.bank_id, customer_id).id_number
    return find_standing(conn, ctx.bank_id, [subject], ctx.today)


def _record(row: Row[Any], blacklisting: EntryRecord | None) -> LineRecord:
    return LineRecord(
        line_id=row.line_id,
        customer_id=row.customer_id,
        contract_id=row.contract_id,
        contract_number=row.contract_number,
        product_code=row.product_code,
        product_name=row.product_name,
        state=LineState(row.state),
        revolving=row.revolving,
        limit_fen=row.limit_fen,
        used_fen=row.used_fen,
        held_fen=row.held_fen,
        rate_ppm=row.rate_ppm,
        ends_on=row.ends_on,
        min_draw_fen=row.min_draw_fen,
        step_fen=row.step_fen,
        tenors_months=row.tenors_months,
        methods=row.methods,
        servicing=ServicingRules.load(row.servicing),
        draw_rules=DrawRules.load(row.draw_rules or {}),
        blacklisting=blacklisting,
    )
