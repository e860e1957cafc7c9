"""The bounds of card checks: how many, how often, and for how long. Times are protocol time."""

from __future__ import annotations

from datetime import timedelta

# Checks that one customer may start in 24 hours. Each guesses at a card, and may cost messages.
MAX_CHECKS_A_DAY = 5
# Wrong codes over all codes of one check: five guesses at a million.
MAX_WRONG_CODES = 5
MAX_CODES = 3
CODE_LIFE = timedelta(minutes=5)
NEXT_CODE_AFTER = timedelta(seconds=60)
# From the request on. No code is sent to a customer who left long ago.
CHECK_LIFE = timedelta(minutes=15)
