"""The states of an electronic account and of a hold on its money, and what may happen in each."""

from __future__ import annotations

from enum import StrEnum

from mock_partners.bank.core.kernel.transitions import TransitionTable
from partner_adapters.kit.values.problems import Problem


class AccountState(StrEnum):
    OPEN = "open"
    FROZEN = "frozen"
    CLOSED = "closed"


class AccountEvent(StrEnum):
    # Money moves into or out of the account on the customer's order.
    MOVE_MONEY = "move_money"


ACCOUNT_STATES = TransitionTable(
    "account",
    {AccountEvent.MOVE_MONEY: {AccountState.OPEN: AccountState.OPEN}},
    {AccountEvent.MOVE_MONEY: lambda _: Problem(409, "account.not_open")},
)


class HoldState(StrEnum):
    HELD = "held"
    COMMITTED = "committed"
    RELEASED = "released"
    EXPIRED = "expired"


class HoldEvent(StrEnum):
    # The money leaves: its posting is booked in the same transaction.
    COMMIT = "commit"
    # The order failed.
    RELEASE = "release"
    # The order was never sent in time, and fails with it.
    EXPIRE = "expire"


# A hold ends once, and nothing leads out of an end.
HOLD_STATES = TransitionTable(
    "hold",
    {
        HoldEvent.COMMIT: {HoldState.HELD: HoldState.COMMITTED},
        HoldEvent.RELEASE: {HoldState.HELD: HoldState.RELEASED},
        HoldEvent.EXPIRE: {HoldState.HELD: HoldState.EXPIRED},
    },
)
