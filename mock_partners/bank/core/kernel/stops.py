"""What operators have stopped, and the one rule that tells whether a stop covers an action.

`orders.start` asks it, so a command of a stopped action creates no order. What was ordered before goes on. The stops
are read in the transaction of each command, so a stop counts at every node as soon as it is committed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, select

from mock_partners.bank.core.kernel.actions import ACTION_OF, ACTIONS, Action
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.tables import switch_entry
from partner_adapters.core_bank.switches import STOPPED, StoppedAction, SwitchKind
from partner_adapters.kit.durable.outbox import RetryLater
from partner_adapters.kit.values.problems import Problem

OPEN_END = datetime.max.replace(tzinfo=UTC)
_later = switch_entry.alias("later")
_t = switch_entry.c
_IS_LATEST = (
    ~select(_later.c.number)
    .where(
        _later.c.bank_id == _t.bank_id,
        _later.c.kind == _t.kind,
        _later.c.name == _t.name,
        _later.c.number > _t.number,
        _later.c.step != "propose",
    )
    .exists()
)
_IN_FORCE = (
    select(_t.bank_id, _t.kind, _t.name, _t.until)
    .where(
        _t.bank_id.in_(bindparam("bank_ids", expanding=True)),
        _t.step != "propose",
        _t.until.is_(None) | (_t.until > bindparam("now")),
        _IS_LATEST,
    )
    .order_by(_t.number)
)


@dataclass(frozen=True)
class Stopped:
    """One name that is stopped now. `until`: None until it is started."""

    bank_id: str
    kind: SwitchKind
    name: str
    until: datetime | None


def stops_in_force(conn: Connection, bank_ids: Iterable[str], now: datetime) -> list[Stopped]:
    """Return what is stopped at these banks. `now` is business time."""
    found = conn.execute(_IN_FORCE, {"bank_ids": list(bank_ids), "now": now})
    return [Stopped(row.bank_id, row.kind, row.name, row.until) for row in found]


def stop_covering(
    stops: Collection[Stopped], action: Action, partner: str, product_code: str | None
) -> Stopped | None:
    """Return the stop that covers such an order, of several the one that ends last; None where it may begin."""
    if not action.stoppable:
        return None
    names = {("action", action.kind), ("partner", partner), *(("party", party) for party in action.sent_to)}
    if product_code is not None:
        names.add(("product", product_code))
    covering = [stop for stop in stops if (stop.kind, stop.name) in names]
    return max(covering, key=lambda stop: stop.until or OPEN_END, default=None)


def require_running(
    conn: Connection, ctx: Context, kind: str, partner: str, product_code: str | None
) -> None:
    """Raise unless an order of this kind may begin. Problem 409 `action.stopped` (params `action`, `until`)."""
    action = ACTION_OF[kind]
    # A command that forgot its product could not be stopped by it.
    assert (product_code is not None) == action.of_product, f"{kind} and its product"
    if action.stoppable:
        stops = stops_in_force(conn, [ctx.bank_id], ctx.now)
        if stop := stop_covering(stops, action, partner, product_code):
            raise refusal(action, stop)


def refusal(action: Action, stop: Stopped) -> Problem:
    """Return the problem 409 `action.stopped` (params `action`, `until`)."""
    return Problem(409, STOPPED, params={"action": action.kind, **until_param(stop)})


def until_param(stop: Stopped) -> dict[str, str]:
    """Return when the stop ends, as a param of a problem; empty where its end is open."""
    return {} if stop.until is None else {"until": stop.until.isoformat()}


def stopped_actions(conn: Connection, ctx: Context) -> list[StoppedAction]:
    """Return what a customer of the calling partner cannot begin now, by action and, where it matters, product."""
    stops = stops_in_force(conn, [ctx.bank_id], ctx.now)
    found = []
    for action in ACTIONS:
        products = [stop.name for stop in stops if stop.kind == "product" and action.of_product]
        for product_code in (None, *products):
            if stop := stop_covering(stops, action, ctx.partner, product_code):
                stopped = StoppedAction(kind=action.kind, product_code=product_code, until=stop.until)
                found.append(stopped)
    return found


def stopped_party(conn: Connection, ctx: Context, *names: str) -> Stopped | None:
    """Return the stop of one of these outside parties; None where none of them is stopped."""
    stops = stops_in_force(conn, [ctx.bank_id], ctx.now)
    return next((stop for stop in stops if stop.kind == "party" and stop.name in names), None)


def require_sending(conn: Connection, ctx: Context, party: str) -> None:
    """Raise `RetryLater` while an outside party is stopped, before something new is sent to it."""
    if stopped_party(conn, ctx, party):
        raise RetryLater(f"{party} is stopped")
