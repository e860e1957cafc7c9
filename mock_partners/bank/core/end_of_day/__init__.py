"""Closing business days: every open loan's collection and accrual, day by day, on any number of nodes."""
