"""Double entry, held by the database: `open_account`, `post`, `balance`."""

from mock_partners.bank.core.ledger.accounts import AccountKind, available, balance, open_account
from mock_partners.bank.core.ledger.posting import (
    AboveCeiling,
    BelowFloor,
    Line,
    MoveNotAllowed,
    post,
)

__all__ = [
    "AboveCeiling",
    "AccountKind",
    "BelowFloor",
    "Line",
    "MoveNotAllowed",
    "available",
    "balance",
    "open_account",
    "post",
]
