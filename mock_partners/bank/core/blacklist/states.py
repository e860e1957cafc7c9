"""The states of an entry, and what may happen in each."""

from __future__ import annotations

from enum import StrEnum

from mock_partners.bank.core.kernel.transitions import TransitionTable
from partner_adapters.core_bank.blacklist import BlacklistState
from partner_adapters.kit.values.problems import Problem


class BlacklistEvent(StrEnum):
    """What is done with an entry: the steps of its record after the first."""

    APPROVE = "approve"
    REFUSE = "refuse"
    PROPOSE_LIFT = "propose_lift"
    LIFT = "lift"
    KEEP = "keep"


def _nothing_to_decide(state: BlacklistState) -> Problem:
    return Problem(409, "blacklist.nothing_to_decide", params={"state": state})


BLACKLIST_STATES = TransitionTable(
    "blacklist entry",
    {
        BlacklistEvent.APPROVE: {BlacklistState.PROPOSED: BlacklistState.APPROVED},
        BlacklistEvent.REFUSE: {BlacklistState.PROPOSED: BlacklistState.REFUSED},
        BlacklistEvent.PROPOSE_LIFT: {BlacklistState.APPROVED: BlacklistState.LIFT_PROPOSED},
        BlacklistEvent.LIFT: {BlacklistState.LIFT_PROPOSED: BlacklistState.LIFTED},
        BlacklistEvent.KEEP: {BlacklistState.LIFT_PROPOSED: BlacklistState.APPROVED},
    },
    {
        BlacklistEvent.APPROVE: _nothing_to_decide,
        BlacklistEvent.REFUSE: _nothing_to_decide,
        BlacklistEvent.PROPOSE_LIFT: lambda state: Problem(
            409, "blacklist.not_approved", params={"state": state}
        ),
        BlacklistEvent.LIFT: _nothing_to_decide,
        BlacklistEvent.KEEP: _nothing_to_decide,
    },
)
# While a second person has not lifted an entry, it counts.
COUNTING = frozenset({BlacklistState.APPROVED, BlacklistState.LIFT_PROPOSED})
