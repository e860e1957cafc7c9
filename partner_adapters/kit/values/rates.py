"""Rates are integer parts per million a year: 4.35 % is 43,500 ppm, and 1.5 × 4.35 % stays exact."""

from __future__ import annotations

from fractions import Fraction

PPM = 1_000_000


def rate_fraction(rate_ppm: int) -> Fraction:
    """Return the yearly rate as an exact fraction: 52,000 ppm → 13/250."""
    return Fraction(rate_ppm, PPM)


def rate_percent(rate_ppm: int) -> str:
    """Return percent with at least two decimals, never rounded: `52000` → `"5.20"`, `43505` → `"4.3505"`."""
    whole, rest = divmod(rate_ppm, 10_000)
    digits = f"{rest:04d}"
    return f"{whole}.{digits[:2]}{digits[2:].rstrip('0')}"
