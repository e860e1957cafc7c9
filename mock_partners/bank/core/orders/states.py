"""The states of an order, and what may happen in each."""

from __future__ import annotations

from enum import StrEnum

from mock_partners.bank.core.kernel.transitions import TransitionTable
from partner_adapters.core_bank.orders import OrderState


class OrderEvent(StrEnum):
    # Its outside work goes on: a step is reached, an answer is awaited.
    ADVANCE = "advance"
    SUCCEED = "succeed"
    FAIL = "fail"
    # Two persons of the bank resolved a difference about an order that had ended: the network did it after all, or it
    # did not.
    REVIVE = "revive"
    RETRACT = "retract"


ORDER_STATES = TransitionTable(
    "order",
    {
        OrderEvent.ADVANCE: {OrderState.PROCESSING: OrderState.PROCESSING},
        OrderEvent.SUCCEED: {OrderState.PROCESSING: OrderState.SUCCEEDED},
        OrderEvent.FAIL: {OrderState.PROCESSING: OrderState.FAILED},
        OrderEvent.REVIVE: {OrderState.FAILED: OrderState.PROCESSING},
        OrderEvent.RETRACT: {OrderState.SUCCEEDED: OrderState.FAILED},
    },
)
# The outcome of an order in one of these is not known yet.
OPEN_ORDER_STATES = ORDER_STATES.states_allowing(OrderEvent.ADVANCE)
# An order in one of these has ended as its customer wished.
SUCCEEDED_ORDER_STATES = tuple(set(ORDER_STATES.moves[OrderEvent.SUCCEED].values()))
# An order in one of these has ended without effect.
FAILED_ORDER_STATES = tuple(set(ORDER_STATES.moves[OrderEvent.FAIL].values()))
