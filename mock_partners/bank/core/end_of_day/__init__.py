"""Closing business days: collection and accrual of every loan, day by day, on any number of nodes."""
