"""The bounds of one card check: how many codes, how often, and for how long. Times are protocol time.

They belong to the states of a check, which tell what is left of them. How many checks a customer may start stands in
`kernel/limits.py`.
"""

from __future__ import annotations

from datetime import timedelta

# Wrong codes over all codes of one check: five guesses at a million.
MAX_WRONG_CODES = 5
MAX_CODES = 3
CODE_LIFE = timedelta(minutes=5)
NEXT_CODE_AFTER = timedelta(seconds=60)
# From the request on. No code is sent to a customer who left long ago.
CHECK_LIFE = timedelta(minutes=15)
