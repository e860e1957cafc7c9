"""Orders: the one truth about every command, by its intent."""

from mock_partners.bank.core.orders.book import (
    OWN,
    OrderClosed,
    fail,
    find,
    read,
    running,
    start,
    state,
    step,
    succeed,
)

__all__ = ["OWN", "OrderClosed", "fail", "find", "read", "running", "start", "state", "step", "succeed"]
