"""Loans: drawdowns, repayments, and closing their days."""
