"""Money in the account: top-up and entries."""
