"""The map of the core's API, one line an endpoint."""

from __future__ import annotations

from mock_partners.core_bank import access
from mock_partners.core_bank.endpoint import Endpoint
from mock_partners.core_bank.orders import routes as orders
from partner_adapters.core_bank.orders import Order

ENDPOINTS = (
    Endpoint("POST", "/oauth/token", access.token, "json", access="open"),
    # orders
    Endpoint("GET", "/orders/{intent}", orders.show, Order),
)
