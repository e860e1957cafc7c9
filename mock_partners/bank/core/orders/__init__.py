"""Orders: what became of each command, by its intent."""

from mock_partners.bank.core.orders.progress import (
    OWN,
    OrderClosed,
    fail,
    mark_seen,
    mark_told,
    restate,
    retract,
    revive,
    start,
    step,
    succeed,
)
from mock_partners.bank.core.orders.records import (
    OrderRecord,
    failed_orders_of_customer,
    find,
    find_named,
    has_open_order,
    open_orders_of_customer,
    read,
    succeeded_orders_of_customer,
    untold_orders,
)

__all__ = [
    "OWN",
    "OrderClosed",
    "OrderRecord",
    "fail",
    "failed_orders_of_customer",
    "find",
    "find_named",
    "has_open_order",
    "mark_seen",
    "mark_told",
    "open_orders_of_customer",
    "read",
    "restate",
    "retract",
    "revive",
    "start",
    "step",
    "succeed",
    "succeeded_orders_of_customer",
    "untold_orders",
]
