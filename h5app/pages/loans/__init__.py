"""Loans and repayment."""
