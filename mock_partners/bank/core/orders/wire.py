"""An order as its customer sees it."""

from __future__ import annotations

from mock_partners.bank.core.orders.records import OrderRecord
from partner_adapters.core_bank.orders import Order, OrderStep


def order_to_wire(order: OrderRecord) -> Order:
    """Return the wire model."""
    return Order(
        intent=order.key,
        kind=order.kind,
        state=order.state,
        customer_id=order.customer_id,
        reference=order.reference,
        created_at=order.created_at,
        ended_at=order.ended_at,
        seen_at=order.seen_at,
        amount_fen=order.amount_fen,
        source=order.source,
        target=order.target,
        steps=[OrderStep.model_validate({"name": name, "at": at}) for name, at in order.steps],
        reason=order.reason,
        result=dict(order.result),
    )
