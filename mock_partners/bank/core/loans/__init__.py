"""Loans: drawdown, servicing, repayment, collection."""
