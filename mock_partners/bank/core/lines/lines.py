"""Credit lines: how much may be drawn. The database keeps `available = limit - used - held` from falling below 0."""

from __future__ import annotations

import secrets
from typing import Any, cast

from sqlalchemy import Connection, Row, insert, select, update

from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.lines.tables import credit_line
from partner_adapters.core_bank.lines import Line
from partner_adapters.kit.values.money import money_params
from partner_adapters.kit.values.problems import Problem, invalid

_t = credit_line.c


def open_line(conn: Connection, ctx: Context, contract: Row[Any]) -> str:
    """Open the line of a contract that has just been signed; returns its id."""
    line_id, terms = secrets.token_hex(16), contract.terms
    conn.execute(
        insert(credit_line).values(
            bank_id=ctx.bank_id,
            line_id=line_id,
            customer_id=contract.customer_id,
            contract_id=contract.contract_id,
            contract_number=contract.number,
            product_code=contract.product_code,
            product_name=terms["product_name"],
            state="open",
            revolving=terms["revolving"],
            limit_fen=contract.limit_fen,
            used_fen=0,
            held_fen=0,
            rate_ppm=contract.rate_ppm,
            ends_on=contract.ends_on,
            min_draw_fen=terms["min_draw_fen"],
            step_fen=terms["step_fen"],
            tenors_months=terms["tenors_months"],
            methods=terms["methods"],
            servicing=terms["servicing"],
            opened_at=ctx.now,
        )
    )
    return line_id


def find(conn: Connection, ctx: Context, line_id: str) -> Row[Any]:
    """The row, with `servicing` for the loans under it. Problem 404 `line.unknown`."""
    query = select(credit_line).where(_t.bank_id == ctx.bank_id, _t.line_id == line_id)
    found = conn.execute(query).first()
    if found is None:
        raise Problem(404, "line.unknown")
    return found


def own_line(conn: Connection, ctx: Context, line_id: str) -> Row[Any]:
    """Problem 404 `line.unknown` unless it belongs to a customer of the caller's partner."""
    found = find(conn, ctx, line_id)
    require_own_customer(conn, ctx, found.customer_id, "line.unknown")
    return found


def use(conn: Connection, ctx: Context, line_id: str, amount_fen: int) -> None:
    """Take `amount_fen` out of what is available, in one statement, so that two draws at once cannot both fit.

    Problems 409 `line.not_open`, 422 `amount.too_large` (params `max`).
    """
    if amount_fen <= 0:
        raise ValueError("a use is more than nothing")
    done = conn.execute(
        update(credit_line)
        .where(
            _t.bank_id == ctx.bank_id,
            _t.line_id == line_id,
            _t.state == "open",
            _t.ends_on >= ctx.today,
            _t.used_fen + _t.held_fen + amount_fen <= _t.limit_fen,
        )
        .values(used_fen=_t.used_fen + amount_fen)
    )
    if done.rowcount == 1:
        return
    line = shown(find(conn, ctx, line_id), ctx)
    if line.state != "open":
        raise Problem(409, "line.not_open")
    raise invalid("amount", "amount.too_large", **money_params(max=line.available_fen))


def release(conn: Connection, ctx: Context, line_id: str, amount_fen: int) -> None:
    """Principal came back: a revolving line may be drawn again by that much, another one not."""
    if amount_fen <= 0:
        raise ValueError("a release is more than nothing")
    conn.execute(
        update(credit_line)
        .where(_t.bank_id == ctx.bank_id, _t.line_id == line_id, _t.revolving)
        .values(used_fen=_t.used_fen - amount_fen)
    )


def freeze(conn: Connection, ctx: Context, line_id: str) -> None:
    """No further draws; loans under the line stay as they are. Problem 409 `line.not_open`."""
    mine = (_t.bank_id == ctx.bank_id) & (_t.line_id == line_id) & (_t.state == "open")
    if conn.execute(update(credit_line).where(mine).values(state="frozen")).rowcount != 1:
        find(conn, ctx, line_id)
        raise Problem(409, "line.not_open")


def thaw(conn: Connection, ctx: Context, line_id: str) -> None:
    """Draws are possible again. Problem 409 `line.not_frozen`."""
    mine = (_t.bank_id == ctx.bank_id) & (_t.line_id == line_id) & (_t.state == "frozen")
    if conn.execute(update(credit_line).where(mine).values(state="open")).rowcount != 1:
        find(conn, ctx, line_id)
        raise Problem(409, "line.not_frozen")


def of_customer(conn: Connection, ctx: Context, customer_id: str) -> list[Line]:
    """The customer's lines, newest first, ended ones too."""
    query = (
        select(credit_line)
        .where(_t.bank_id == ctx.bank_id, _t.customer_id == customer_id)
        .order_by(_t.opened_at.desc(), _t.line_id)
    )
    return [shown(row, ctx) for row in conn.execute(query)]


def show(conn: Connection, ctx: Context, line_id: str) -> Line:
    """Return an own customer's line. Problem 404 `line.unknown`."""
    return shown(own_line(conn, ctx, line_id), ctx)


def shown(row: Row[Any], ctx: Context) -> Line:
    """The wire form: after its last day a line has ended, and one that is not open has nothing available."""
    state = "ended" if row.ends_on < ctx.today else row.state
    left_fen = row.limit_fen - row.used_fen - row.held_fen
    values = {field: value for field, value in row._mapping.items() if field in Line.model_fields}
    return Line(**{**cast(Any, values), "state": state, "available_fen": left_fen if state == "open" else 0})
