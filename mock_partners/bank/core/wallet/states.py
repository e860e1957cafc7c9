"""The states of an electronic account, and what may happen in each."""

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
