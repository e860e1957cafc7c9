"""Signature algorithms of statements."""

from typing import Literal

# The algorithms that a statement may be signed with. Each host's configuration allows some of them.
Algorithm = Literal["ES256", "RS256", "PS256"]
