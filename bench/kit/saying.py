"""How a series of measurements is said: its median, and how far it went."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


def spread(values: Sequence[float], form: str) -> str:
    """Return `median 0.34 (0.28 to 0.41)`. `form` is a format specification."""
    shown = [format(value, form) for value in (statistics.median(values), min(values), max(values))]
    return f"median {shown[0]} ({shown[1]} to {shown[2]})"
