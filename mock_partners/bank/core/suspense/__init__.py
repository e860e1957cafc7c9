"""Money that moved and stands on no customer's account yet: `hold`."""

from mock_partners.bank.core.suspense.holding import SOURCE, hold

__all__ = ["SOURCE", "hold"]
