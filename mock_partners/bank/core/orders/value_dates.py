"""The day for which an order's money is booked, where an outside party says when it moved.

It lies between the order and today. It also lies after each day whose settlement file was compared: no later
comparison would cover a booking there.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, func, select

from mock_partners.bank.core.kernel.actions import ACTION_OF
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.orders.records import OrderRecord
from mock_partners.bank.core.orders.tables import reconciled_day
from partner_adapters.kit.values.clock import CHINA, ONE_DAY

_t = reconciled_day.c


def nearest_day(conn: Connection, ctx: Context, order: OrderRecord, day: date) -> date:
    """Return the day nearest to `day` on which this order may be booked."""
    bounds = [day]
    if not ACTION_OF[order.kind].backdates:
        bounds.append(order.created_at.astimezone(CHINA).date())
    if (compared := last_compared_day(conn, ctx.bank_id)) is not None:
        bounds.append(compared + ONE_DAY)
    return min(max(bounds), ctx.today)


def last_compared_day(conn: Connection, bank_id: str) -> date | None:
    """Return the latest day whose settlement file was compared with the books, or None."""
    last: date | None = conn.execute(select(func.max(_t.day)).where(_t.bank_id == bank_id)).scalar_one()
    return last
