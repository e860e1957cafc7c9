"""Random secrets, and the form in which a database keeps them."""

from __future__ import annotations

import hashlib
import secrets


def new_secret() -> str:
    """Return 256 random bits as URL-safe text."""
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """Return the hash that stands in the database, so that a copy of the database opens nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()
