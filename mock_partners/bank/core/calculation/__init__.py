"""Loan arithmetic without I/O."""
