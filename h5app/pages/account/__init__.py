"""The account and its opening."""
