"""Random secrets, and the hashes by which a database stores them."""

from __future__ import annotations

import hashlib
import secrets


def new_secret() -> str:
    """Return 256 random bits as URL-safe text."""
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """Return the SHA-256 to store in the database, so that a copy of the database does not reveal the secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
