"""Electronic accounts (class II): opening, the bound card, the statement, top-ups."""

from mock_partners.bank.core.wallet.book import balance, credit, find, own_account, own_shown, shown

__all__ = ["balance", "credit", "find", "own_account", "own_shown", "shown"]
