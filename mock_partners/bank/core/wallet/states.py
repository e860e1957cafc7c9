"""The states of an electronic account and of a hold on its money, and what may happen in each."""

from __future__ import annotations

from enum import StrEnum

from mock_partners.bank.core.kernel.transitions import TransitionTable
from partner_adapters.kit.values.problems import Problem


class AccountState(StrEnum):
    """`lost`: its customer froze it (挂失). `frozen`: the bank did, whether or not the customer froze it too."""

    OPEN = "open"
    LOST = "lost"
    FROZEN = "frozen"
    CLOSED = "closed"


class AccountEvent(StrEnum):
    # Money leaves on the customer's order, a loan is paid out, or the bound card is replaced.
    MOVE_MONEY = "move_money"
    # The customer brings money from the bound card.
    BRING_MONEY = "bring_money"
    # The customer repays a loan, or the bank collects what is due.
    REPAY = "repay"
    # Money arrives that was under way: a late top-up, or a transfer that came back.
    RECEIVE = "receive"
    # The customer or the bank freezes it, or ends a freeze of their own.
    FREEZE = "freeze"
    CLOSE = "close"


_OPEN = {AccountState.OPEN: AccountState.OPEN}
# Who froze a lost account fears that money leaves. Money may still come in, and a debt can still be repaid: it would
# grow meanwhile.
_NOT_FROZEN_BY_BANK = {**_OPEN, AccountState.LOST: AccountState.LOST}
_NOT_CLOSED = {**_NOT_FROZEN_BY_BANK, AccountState.FROZEN: AccountState.FROZEN}


def _not_open(_state: AccountState) -> Problem:
    return Problem(409, "account.not_open")


ACCOUNT_STATES = TransitionTable(
    "account",
    {
        AccountEvent.MOVE_MONEY: _OPEN,
        AccountEvent.BRING_MONEY: _NOT_FROZEN_BY_BANK,
        AccountEvent.REPAY: _NOT_FROZEN_BY_BANK,
        AccountEvent.RECEIVE: _NOT_FROZEN_BY_BANK,
        # The state afterwards follows from the freezes that stand (`records.py`).
        AccountEvent.FREEZE: _NOT_CLOSED,
        AccountEvent.CLOSE: {AccountState.OPEN: AccountState.CLOSED},
    },
    {event: _not_open for event in AccountEvent if event is not AccountEvent.RECEIVE},
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
