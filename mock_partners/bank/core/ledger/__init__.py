"""Double entry, held by the database: `open_account`, `post`, `balance`."""

from mock_partners.bank.core.ledger.accounts import AccountKind, balance, open_account
from mock_partners.bank.core.ledger.posting import BelowFloor, Line, post

__all__ = ["AccountKind", "BelowFloor", "Line", "balance", "open_account", "post"]
