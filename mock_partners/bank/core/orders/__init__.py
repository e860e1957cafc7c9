"""Orders: what became of each command, by its intent."""

from mock_partners.bank.core.orders.progress import OWN, OrderClosed, fail, start, step, succeed
from mock_partners.bank.core.orders.records import OrderRecord, find, open_orders_of_customer, read

__all__ = [
    "OWN",
    "OrderClosed",
    "OrderRecord",
    "fail",
    "find",
    "open_orders_of_customer",
    "read",
    "start",
    "step",
    "succeed",
]
