"""Opening, using, freezing and ending credit lines.

The database keeps `available = limit - used - held` from falling below zero (`credit_line_available_never_negative`).
"""

from __future__ import annotations

from sqlalchemy import Connection, insert, update

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.lines.records import LineRecord, read_line
from mock_partners.bank.core.lines.states import LINE_STATES, LineEvent
from mock_partners.bank.core.lines.tables import credit_line
from partner_adapters.kit.values.money import money_params
from partner_adapters.kit.values.problems import invalid

_t = credit_line.c


def open_line(conn: Connection, ctx: Context, line: LineRecord) -> None:
    """Store a new line. The database refuses a second one of the same contract."""
    conn.execute(
        insert(credit_line).values(
            bank_id=ctx.bank_id,
            line_id=line.line_id,
            customer_id=line.customer_id,
            contract_id=line.contract_id,
            contract_number=line.contract_number,
            product_code=line.product_code,
            product_name=line.product_name,
            state=line.state,
            revolving=line.revolving,
            limit_fen=line.limit_fen,
            used_fen=line.used_fen,
            held_fen=line.held_fen,
            rate_ppm=line.rate_ppm,
            ends_on=line.ends_on,
            min_draw_fen=line.min_draw_fen,
            step_fen=line.step_fen,
            tenors_months=line.tenors_months,
            methods=line.methods,
            servicing=line.servicing.dump(),
            draw_rules=line.draw_rules.dump(),
            opened_at=ctx.now,
        )
    )


def use(conn: Connection, ctx: Context, line_id: str, amount_fen: int) -> None:
    """Take `amount_fen` out of what is available.

    Problems 409 `line.not_open`, 422 `amount.too_large` (params `max`).
    """
    if amount_fen <= 0:
        raise ValueError("the amount used must be positive")
    # One statement checks and takes. To read the line first and write it afterwards would let two concurrent
    # draws both see enough.
    done = conn.execute(
        update(credit_line)
        .where(
            _t.bank_id == ctx.bank_id,
            _t.line_id == line_id,
            _t.state.in_(LINE_STATES.states_allowing(LineEvent.DRAW)),
            _t.ends_on >= ctx.today,
            _t.used_fen + _t.held_fen + amount_fen <= _t.limit_fen,
        )
        .values(used_fen=_t.used_fen + amount_fen)
    )
    if done.rowcount == 1:
        return
    line = read_line(conn, ctx, line_id)
    LINE_STATES.next_state(line.state_on(ctx.today), LineEvent.DRAW)
    raise invalid("amount", "amount.too_large", **money_params(max=line.available_on(ctx.today)))


def release(conn: Connection, ctx: Context, line_id: str, amount_fen: int) -> None:
    """Make repaid principal available again. A line that does not revolve stays used."""
    if amount_fen <= 0:
        raise ValueError("the amount released must be positive")
    conn.execute(
        update(credit_line)
        .where(_t.bank_id == ctx.bank_id, _t.line_id == line_id, _t.revolving)
        .values(used_fen=_t.used_fen - amount_fen)
    )


def freeze(conn: Connection, ctx: Context, line_id: str) -> None:
    """Stop further draws. Loans under the line stay as they are. Problem 409 `line.not_open`."""
    _change_state(conn, ctx, line_id, LineEvent.FREEZE)


def thaw(conn: Connection, ctx: Context, line_id: str) -> None:
    """Allow draws again. Problem 409 `line.not_frozen`."""
    _change_state(conn, ctx, line_id, LineEvent.THAW)


def end(conn: Connection, ctx: Context, line_id: str) -> None:
    """End the line for good: its customer gives it up, or its last day is over."""
    _change_state(conn, ctx, line_id, LineEvent.END)


def _change_state(conn: Connection, ctx: Context, line_id: str, event: LineEvent) -> None:
    line = read_line(conn, ctx, line_id)
    after = LINE_STATES.next_state(line.state, event)
    # Compared again in the statement: of two concurrent changes the second finds another state.
    unchanged = (_t.bank_id == ctx.bank_id) & (_t.line_id == line_id) & (_t.state == line.state)
    if conn.execute(update(credit_line).where(unchanged).values(state=after)).rowcount != 1:
        raise LINE_STATES.refusals[event](line.state)
