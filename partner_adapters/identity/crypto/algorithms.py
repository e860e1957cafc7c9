"""Signature algorithms of statements."""

from typing import Literal

# What a statement may be signed with at all; each host's configuration allows some of them.
Algorithm = Literal["ES256", "RS256", "PS256"]
