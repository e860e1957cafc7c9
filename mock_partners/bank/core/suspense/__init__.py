"""Money that moved and stands on no customer's account yet: `hold`, `hold_refund`, `hold_on`."""

from mock_partners.bank.core.suspense.holding import SOURCE, hold, hold_on, hold_refund

__all__ = ["SOURCE", "hold", "hold_on", "hold_refund"]
