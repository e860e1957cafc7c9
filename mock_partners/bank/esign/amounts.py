"""Percentages in the form that a contract uses."""

from __future__ import annotations

from decimal import Decimal


def percent(percent_exactly: Decimal) -> str:
    """Return the rate with at least two decimals, never rounded: `5.2` → `"5.20"`."""
    whole, _, decimals = f"{percent_exactly:f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"
